"""Database servers of a test's own, on a free port of this machine, that can be taken away and given back."""

import getpass
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

    # What is said of its age, and what an address of its has that is too much.
    TOO_OLD = "version 12 is the oldest that will do [engine]"
    UNKNOWN_PARAMETER = "sslmood=on"
    SCHEME = "postgresql"

    def __init__(self, *settings):
        """`settings` are more of the server's own, such as `fsync=on`."""
        self.settings = [word for setting in settings for word in ("-c", setting)]
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
                    "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=" + self.folder] + self.settings,
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


class MariaDB:
    """The same with MariaDB."""

    TOO_OLD = "MariaDB 10.5.2 and MySQL 8.0.16 are the oldest that will do [engine]"
    UNKNOWN_PARAMETER = "colour=red"
    SCHEME = "mysql"

    def __init__(self, *options):
        """`options` are more of the server's own; the last of two alike holds."""
        self.options = list(options)
        assert shutil.which("mariadbd"), "MariaDB's server is not installed: scripts/install-packages test"
        self.folder = tempfile.mkdtemp(prefix="luthier-my-")
        self.port = free_port()
        self.process = None
        self.account = "--user=" + getpass.getuser()
        subprocess.run(["mariadb-install-db", "--no-defaults", self.account, "--datadir=" + self.folder + "/data",
                        "--auth-root-authentication-method=normal", "--skip-test-db"],
                       check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            self.start()
            self.sql("CREATE USER luthier@'127.0.0.1' IDENTIFIED BY '%s'" % PASSWORD)
            self.sql("GRANT ALL ON *.* TO luthier@'127.0.0.1'")
            self.sql("CREATE DATABASE luthier")
        except BaseException:
            # Nobody else knows of it yet.
            self.remove()
            raise

    def sql(self, statement, database="mysql"):
        done = subprocess.run(["mariadb", "--no-defaults", "--socket=" + self.folder + "/socket", "--user=root", "-N",
                               "-e", statement, database], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        assert done.returncode == 0, done.stdout.decode()
        return done.stdout.decode()

    def start(self):
        with open(self.folder + "/log", "ab") as log:
            self.process = subprocess.Popen(
                ["mariadbd", "--no-defaults", self.account, "--datadir=" + self.folder + "/data",
                 "--bind-address=127.0.0.1", "--port=%d" % self.port, "--socket=" + self.folder + "/socket",
                 "--pid-file=" + self.folder + "/pid", "--innodb-buffer-pool-size=64M", "--skip-name-resolve"] + self.options,
                stdout=log, stderr=log, cwd=self.folder)
        wait_for(self.is_ready, 60, "MariaDB answers")

    def is_ready(self):
        asked = ["mariadb", "--no-defaults", "--socket=" + self.folder + "/socket", "--user=root", "-e", "SELECT 1"]
        return subprocess.run(asked, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0

    def stop(self):
        """At once, as in a power cut."""
        self.process.kill()
        self.process.wait(timeout=60)

    def remove(self):
        if self.process.poll() is None:
            self.stop()
        shutil.rmtree(self.folder)

    def url(self, database="luthier", password=PASSWORD):
        return "mysql+pymysql://luthier:%s@127.0.0.1:%d/%s" % (password.replace(" ", "%20"), self.port, database)


class OldServer:
    """Greets as a server of long ago would."""

    def __init__(self, scheme):
        self.listener = socket.socket()
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen()
        self.url = "%s://luthier@127.0.0.1:%d/luthier" % (scheme, self.listener.getsockname()[1])
        self.speak = self.as_postgres if scheme == "postgresql" else self.as_mysql
        threading.Thread(target=self.greet, daemon=True).start()

    def greet(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            with client:
                self.speak(client)

    @staticmethod
    def as_postgres(client):
        while True:
            words = client.recv(4096)
            if words[4:8] not in (b"\x04\xd2\x16\x2f", b"\x04\xd2\x16\x30"):
                break
            # Neither TLS nor GSSAPI.
            client.sendall(b"N")
        version = b"server_version\x0011.22\x00"
        client.sendall(b"R\0\0\0\x08\0\0\0\0" + b"S" + (len(version) + 4).to_bytes(4, "big") + version + b"Z\0\0\0\x05I")
        client.recv(4096)

    @staticmethod
    def as_mysql(client):
        def packet(number, content):
            client.sendall(len(content).to_bytes(3, "little") + bytes([number]) + content)

        flags = 0x00ff_f7ff & ~0x0800
        packet(0, b"\x0a5.5.62\0" + (7).to_bytes(4, "little") + b"12345678\0" + (flags & 0xffff).to_bytes(2, "little")
               + b"\x21\x02\0" + (flags >> 16).to_bytes(2, "little") + b"\x15" + bytes(10) + b"123456789012\0"
               + b"mysql_native_password\0")
        client.recv(4096)
        packet(2, b"\0\0\0\x02\0\0\0")
        # Whatever it is asked for then is done.
        while client.recv(4096):
            packet(1, b"\0\0\0\x02\0\0\0")

    def stop(self):
        self.listener.close()
