"""A PostgreSQL server of a test's own, on a free port of this machine, that can be taken away and given back."""

import glob
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading

from server import free_port, wait_for

PASSWORD = "open sesame"


class Postgres:
    """One server, whose databases outlive its being stopped; its user has a password."""

    def __init__(self):
        found = sorted(glob.glob("/usr/lib/postgresql/*/bin"))
        assert found, "PostgreSQL's server is not installed: scripts/install-packages test"
        self.bin = found[-1]
        # Not pytest's folder: the server's own account must come through to it.
        self.folder = tempfile.mkdtemp(prefix="luthier-pg-")
        self.port = free_port()
        self.process = None
        # It refuses to run as root.
        self.account = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"] if os.getuid() == 0 else []
        if self.account:
            shutil.chown(self.folder, "postgres")
        secret = os.path.join(self.folder, "password")
        with open(secret, "w") as file:
            file.write(PASSWORD + "\n")
        os.chmod(secret, 0o644)
        self.command("initdb", "-D", self.folder + "/data", "-U", "luthier", "--auth=scram-sha-256", "--no-sync",
                     "--pwfile=" + secret, "--encoding=UTF8", "--locale=C.UTF-8")
        self.start()
        self.sql("CREATE DATABASE luthier")

    def command(self, name, *words):
        done = subprocess.run(self.account + [os.path.join(self.bin, name), *words], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, cwd=self.folder, env=dict(os.environ, PGPASSWORD=PASSWORD))
        assert done.returncode == 0, done.stdout.decode()
        return done.stdout.decode()

    def sql(self, statement, database="postgres"):
        return self.command("psql", "-h", self.folder, "-p", str(self.port), "-U", "luthier", "-d", database, "-Atqc", statement)

    def start(self):
        with open(self.folder + "/log", "ab") as log:
            self.process = subprocess.Popen(
                self.account + [
                    self.bin + "/postgres", "-D", self.folder + "/data", "-p", str(self.port), "-c", "fsync=off",
                    "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=" + self.folder],
                stdout=log, stderr=log, cwd=self.folder)
        wait_for(self.is_ready, 60, "PostgreSQL answers")

    def is_ready(self):
        asked = [self.bin + "/pg_isready", "-q", "-h", self.folder, "-p", str(self.port)]
        return subprocess.run(asked, stdout=subprocess.DEVNULL).returncode == 0

    def stop(self):
        """At once, as in a power cut: every connection breaks."""
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait(timeout=60)

    def remove(self):
        if self.process.poll() is None:
            self.stop()
        shutil.rmtree(self.folder)

    def url(self, database="luthier", password=PASSWORD):
        return "postgresql+psycopg2://luthier:%s@127.0.0.1:%d/%s" % (password.replace(" ", "%20"), self.port, database)


class OldPostgres:
    """Greets as a server of long ago would."""

    def __init__(self):
        self.listener = socket.socket()
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen()
        self.url = "postgresql://luthier@127.0.0.1:%d/luthier" % self.listener.getsockname()[1]
        threading.Thread(target=self.greet, daemon=True).start()

    def greet(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            with client:
                while True:
                    words = client.recv(4096)
                    if words[4:8] not in (b"\x04\xd2\x16\x2f", b"\x04\xd2\x16\x30"):
                        break
                    # Neither TLS nor GSSAPI.
                    client.sendall(b"N")
                version = b"server_version\x0011.22\x00"
                client.sendall(b"R\0\0\0\x08\0\0\0\0" + b"S" + (len(version) + 4).to_bytes(4, "big") + version + b"Z\0\0\0\x05I")
                client.recv(4096)

    def stop(self):
        self.listener.close()
