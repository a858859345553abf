"""An installation of several real servers on one PostgreSQL, whose hosts are simulated behind a false `ssh`."""

import contextlib
import http.client
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(ROOT, "Tests", "EndToEnd"))

from client import Refused, member  # noqa: E402
from databases import Postgres  # noqa: E402
from server import Server, wait_for  # noqa: E402

ROWS = b'[{"instruction": "a", "input": "", "output": "b"}]'
TRAINER = "/opt/trainer/bin/llamafactory-cli"


class Line:
    """A client that keeps its connection."""

    def __init__(self, url, token):
        self.address = urllib.parse.urlsplit(url).netloc
        self.headers = {"Authorization": "Bearer " + token}
        self.connection = http.client.HTTPConnection(self.address, timeout=120)

    def ask(self, method, path, body=None, **headers):
        """Status and bytes of the answer; throws where there is none."""
        data = None if body is None else json.dumps(body)
        more = dict(self.headers, **{name.replace("_", "-"): value for name, value in headers.items()})
        if data is not None:
            more["Content-Type"] = "application/json"
        try:
            self.connection.request(method, path, data, more)
            answer = self.connection.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException):
            self.connection.close()
            raise

    def get(self, path):
        status, body = self.ask("GET", path)
        if status != 200:
            raise Refused(status, body.decode("utf-8", "replace"))
        return json.loads(body)


class Orders:
    """Gives orders to the world."""

    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.connect(path)
        self.answers = self.socket.makefile("rb")

    def __call__(self, order, **fields):
        self.socket.sendall(json.dumps(dict(fields, order=order)).encode() + b"\n")
        line = self.answers.readline()
        return json.loads(line) if line else None


class Site:
    """`hosts` simulated machines with room for `tasks`, `servers` servers, and some users."""

    def __init__(self, program, hosts, tasks, servers=2, seconds=10.0, users=10):
        self.program, self.hosts, self.tasks, self.seconds = program, hosts, tasks, seconds
        # Short: a control socket's path has room for some hundred bytes.
        self.folder = tempfile.mkdtemp(prefix="luthier-scale-")
        self.database = self.world = None
        self.servers, self.users, self.host_ids, self.task_ids = [], [], [], {}
        try:
            self.build(servers, users)
        except BaseException:
            self.stop()
            raise

    def build(self, servers, users):
        near = os.path.join(self.folder, "bin")
        os.makedirs(near)
        os.makedirs(self.folder + "/users")
        compiled = ["cc", "-O2", "-o", near + "/ssh", os.path.join(HERE, "ssh.c")]
        # Without a dynamic loader a process is a third of the size.
        if subprocess.run(compiled + ["-static"], stderr=subprocess.DEVNULL).returncode:
            subprocess.run(compiled, check=True)
        a_host = -(-self.tasks // self.hosts)
        self.gpus = min(8, a_host)
        self.slots = -(-a_host // self.gpus)
        self.world = subprocess.Popen([
            sys.executable, os.path.join(HERE, "world.py"), near, str(self.hosts), str(self.gpus), str(self.seconds)])
        wait_for(lambda: os.path.exists(near + "/orders"), 20, "the world is there")
        self.orders = Orders(near + "/orders")
        self.database = Postgres("shared_preload_libraries=pg_stat_statements", "pg_stat_statements.max=1000")
        self.database.sql("CREATE EXTENSION pg_stat_statements", "luthier")
        for number in range(servers):
            self.servers.append(Server(self.program, "%s/%d" % (self.folder, number), "", "", {
                "DATABASE_URL": self.database.url(), "LUTHIER_SERVERS": "many", "SECRET_KEY": "of every server of it",
                "REMOTE_USER_DATA_DIR": self.folder + "/users", "LUTHIER_METRICS": "open",
                "LUTHIER_LOG_LEVEL": "info", "PATH": near + ":" + os.environ["PATH"]}))
        for server in self.servers:
            server.start()
        wait_for(self.in_charge, 30, "one server is in charge")
        url = self.in_charge().url
        self.users = [member(url, "user%d" % number) for number in range(users)]
        for user in self.users:
            user.upload("rows.json", ROWS)

    def stop(self):
        """Ends all of it, also what a failure left half made."""
        with contextlib.ExitStack() as ends:
            ends.callback(shutil.rmtree, self.folder, ignore_errors=True)
            if self.database is not None:
                ends.callback(self.database.remove)
            if self.world is not None:
                # Whatever of it stands behind an `ssh` ends with it.
                ends.callback(self.world.wait)
                ends.callback(self.world.kill)
            for server in self.servers:
                ends.callback(server.stop)

    # What the servers say.

    def figures(self, server):
        """The lines of a server's /metrics, by name with labels; none of one that does not answer."""
        if server.process is None or server.process.poll() is not None:
            return {}
        try:
            with urllib.request.urlopen(server.url + "/metrics", timeout=30) as answer:
                text = answer.read().decode()
        except OSError:
            return {}
        found = (line.rpartition(" ") for line in text.splitlines() if not line.startswith("#"))
        return {name: float(value) for name, _, value in found}

    def in_charge(self):
        for server in self.servers:
            if self.figures(server).get("luthier_server_in_charge") == 1:
                return server
        return None

    def states(self):
        """How many tasks are in each state."""
        figures = self.figures(self.in_charge() or self.servers[0])
        found = ((re.match(r'luthier_tasks\{state="(\w+)"\}', name), count) for name, count in figures.items())
        return {match[1]: int(count) for match, count in found if match and count}

    def logs(self):
        """The ends of the servers' logs, and what the simulation counts: for a failure's message."""
        said = "\n".join("%s:\n%s" % (server.data, server.log()[-3000:]) for server in self.servers)
        return "%s\n%s\n%s" % (self.states(), self.look(), said)

    def unreachable(self):
        """Tasks whose host is told as lost."""
        return int(self.database.sql("SELECT count(*) FROM tasks WHERE unreachable_since IS NOT NULL", "luthier"))

    def size_of_one_ssh(self):
        """Memory of one of the waiting processes that is its own, in MB."""
        pid = next(one for one in children(self.in_charge().process.pid) if is_named(one, "ssh"))
        with open("/proc/%d/smaps_rollup" % pid) as file:
            return next(int(line.split()[1]) for line in file if line.startswith("Pss:")) / 1024

    def database_pids(self):
        """The processes of PostgreSQL, which has one for each connection."""
        return [self.database.process.pid] + children(self.database.process.pid)

    def look(self):
        return self.orders("look")

    # What people do.

    def at_once(self, work, items, width=8):
        """Calls `work(line of the first user, item)` for every item, `width` at a time."""
        items, failures = iter(list(items)), []
        lock = threading.Lock()

        def labour():
            try:
                while True:
                    with lock:
                        item = next(items, None)
                    if item is None or failures:
                        return
                    work(item)
            except BaseException as problem:
                failures.append(problem)

        threads = [threading.Thread(target=labour) for _ in range(width)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if failures:
            raise failures[0]

    def line(self, user=0, server=None):
        return Line((server or self.in_charge()).url, self.users[user].token)

    def lines(self):
        """A line for each thread and user, made when it is first asked for."""
        kept, server = threading.local(), self.in_charge()

        def line(user):
            mine = kept.__dict__.setdefault("lines", {})
            if user not in mine:
                mine[user] = self.line(user, server)
            return mine[user]

        return line

    def add_hosts(self):
        line = self.lines()

        def add(number):
            status, body = line(0).ask("POST", "/api/hosts", {
                "name": "h%05d" % number, "address": "h%05d.sim" % number, "user": "train",
                "user_data_dir": "/data/users", "llamafactory_path": TRAINER, "slots": self.slots})
            assert status == 200, (status, body)
            self.host_ids.append(json.loads(body)["host_id"])

        self.at_once(add, range(self.hosts))

    def submit(self):
        """Submits every task, spread over hosts and users; the seconds that each took until it was told as queued."""
        line, took = self.lines(), []

        def submit(number):
            began = time.monotonic()
            name = "task-%05d" % number
            user = number % len(self.users)
            status, body = line(user).ask("POST", "/api/tasks", {
                "name": name, "model_name": "/models/base", "dataset_path": "rows.json",
                "host_id": self.host_ids[number % len(self.host_ids)]}, Idempotency_Key=name)
            assert status in (200, 201), (status, body)
            told = json.loads(body)
            assert told["status"] in ("queued", "staging", "running"), told
            took.append(time.monotonic() - began)
            self.task_ids[name] = told["task_id"]

        self.at_once(submit, range(self.tasks))
        return took

    def listed(self):
        """Every task as its user sees it, by identifier."""
        found = {}
        for user in range(len(self.users)):
            line = self.line(user)
            for task in line.get("/api/tasks?limit=1000")["tasks"]:
                found[task["task_id"]] = task
        return found


def children(pid):
    """Process ids of `pid`'s children, in one look: there may be a thousand."""
    found = []
    for name in os.listdir("/proc"):
        try:
            with open("/proc/%s/stat" % name) as file:
                if int(file.read().rpartition(")")[2].split()[1]) == pid:
                    found.append(int(name))
        except (OSError, ValueError):
            continue
    return found


def is_named(pid, name):
    try:
        with open("/proc/%d/comm" % pid) as file:
            return file.read().strip() == name
    except OSError:
        return False
