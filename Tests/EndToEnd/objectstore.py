"""An S3-compatible store of others (nanio), on a free port of this machine, with its objects in a folder."""

import http.client
import os
import signal
import subprocess

from server import free_port, wait_for

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PROGRAMS = os.environ.get("LUTHIER_OBJECT_STORES") or os.path.join(ROOT, ".object-stores")
KEY, SECRET = "key-of-the-tests", "secret-of-the-tests-0123456789"


class ObjectStore:
    def __init__(self, folder):
        self.folder = os.path.join(str(folder), "objects")
        self.log_path = os.path.join(str(folder), "objects.log")
        os.makedirs(os.path.join(self.folder, "luthier"))
        self.port = free_port()
        self.process = None

    def start(self):
        assert os.access(os.path.join(PROGRAMS, "bin", "nanio"), os.X_OK), "run scripts/install-object-stores first"
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                [os.path.join(PROGRAMS, "bin", "python"), "-m", "nanio", "serve", "--data-dir", self.folder,
                 "--host", "127.0.0.1", "--port", str(self.port), "--log-level", "info"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env={"PATH": "/usr/bin:/bin", "HOME": self.folder, "NANIO_ACCESS_KEY": KEY, "NANIO_SECRET_KEY": SECRET})
        wait_for(self.answers, 30, "the object store answers")
        return self

    def answers(self):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
            connection.request("GET", "/")
            connection.getresponse().read()
            connection.close()
            return True
        except OSError:
            return False

    def stop(self):
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()

    def settings(self, prefix="team/a"):
        return {
            "LUTHIER_STORAGE": "s3://luthier/" + prefix, "LUTHIER_S3_ENDPOINT": "http://127.0.0.1:%d" % self.port,
            "LUTHIER_S3_KEY_ID": KEY, "LUTHIER_S3_SECRET_KEY": SECRET}

    def objects(self):
        """Keys and sizes, those of parts of unfinished uploads too, without the store's own notes on objects."""
        found = {}
        for folder, _, names in os.walk(self.folder):
            for name in names:
                path = os.path.join(folder, name)
                key = os.path.relpath(path, self.folder)
                if ".nanio-meta" not in key:
                    found[key] = os.path.getsize(path)
        return found
