"""A Slurm of its own on loopback: a controller, four nodes that are this machine, and munge between them.

As a program: `slurm.py COMMAND [ARGUMENT…]` runs a command while it stands; SLURM_CONF leads the command to it.
Nothing of the system's own Slurm is read or touched, and what is started is ended by its process id.
"""

import getpass
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

CONFIG = """ClusterName=lab
SlurmctldHost={host}(127.0.0.1)
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={folder}/munge.sock
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
SlurmctldPort={port}
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool/%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd-%n.pid
SlurmctldLogFile={folder}/log/slurmctld.log
SlurmdLogFile={folder}/log/slurmd-%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/{task}
SwitchType=switch/none
MpiDefault=none
JobAcctGatherType=jobacct_gather/none
ReturnToService=2
SchedulerType=sched/backfill
SchedulerParameters=batch_sched_delay=0,sched_min_interval=0,sched_interval=1,bf_interval=2
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
GresTypes=gpu
SlurmctldTimeout=30
SlurmdTimeout=6
InactiveLimit=0
MinJobAge={keeps}
KillWait=2
UnkillableStepTimeout=10
OverTimeLimit=0
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
MaxJobCount=20000
SlurmdParameters=config_overrides
NodeName=gn[1-{nodes}] NodeHostname={host} NodeAddr=127.0.0.1 Port=[{first}-{last}] CPUs=8 RealMemory=16000 \
Gres=gpu:h100:4 State=UNKNOWN
PartitionName=debug Nodes=ALL Default=YES DefMemPerCPU=1000 MaxTime=1-00:00:00 State=UP PriorityTier=1
PartitionName=high Nodes=ALL DefMemPerCPU=1000 MaxTime=INFINITE State=UP PriorityTier=10 PreemptMode=OFF
PartitionName=small Nodes=gn1 DefMemPerCPU=1000 MaxTime=30 State=UP PriorityTier=1
"""

CGROUPS = "CgroupPlugin=cgroup/v1\nCgroupMountpoint=/sys/fs/cgroup\nCgroupAutomount=no\n"
CONFINED = CGROUPS + "ConstrainRAMSpace=yes\nConstrainCores=no\nConstrainDevices=no\nAllowedRAMSpace=100\nMinRAMSpace=30\n"


class Slurm:
    """One cluster. Its parts can be stopped and started again, as machines do."""

    def __init__(self, folder, nodes=4, keeps=300, confines=False):
        """`keeps`: seconds for which the controller remembers a job that has ended; `confines`: a job gets no more memory
        than it asked for."""
        self.folder = str(folder)
        self.nodes = ["gn%d" % number for number in range(1, nodes + 1)]
        self.processes = {}
        for name in ["state", "log"] + ["spool/" + node for node in self.nodes]:
            os.makedirs(os.path.join(self.folder, name), mode=0o755, exist_ok=True)
        port = free_ports(nodes + 1)
        self.write("munge.key", os.urandom(1024), 0o400)
        self.write("cgroup.conf", (CONFINED if confines else CGROUPS).encode())
        for number in range(4):
            self.write("gpu%d" % number, b"")  # what stands for a device: nothing opens it
        self.write("gres.conf", ("NodeName=gn[1-%d] Name=gpu Type=h100 File=%s/gpu[0-3]\n" % (
            nodes, self.folder)).encode())
        self.write("slurm.conf", CONFIG.format(
            folder=self.folder, host=socket.gethostname().split(".")[0], user=getpass.getuser(), port=port,
            nodes=nodes, first=port + 1, last=port + nodes, keeps=keeps,
            task="cgroup" if confines else "none").encode())
        self.environment = dict(os.environ, SLURM_CONF=os.path.join(self.folder, "slurm.conf"))

    def write(self, name, content, mode=0o644):
        path = os.path.join(self.folder, name)
        with open(path, "wb") as file:
            file.write(content)
        os.chmod(path, mode)

    def spawn(self, name, *command):
        with open(os.path.join(self.folder, "log", name + ".out"), "ab") as log:
            self.processes[name] = subprocess.Popen(
                command, env=self.environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                start_new_session=True)

    def start(self):
        at = self.folder + "/"
        self.spawn("munged", "/usr/sbin/munged", "--foreground", "--force", "--key-file=" + at + "munge.key",
                   "--socket=" + at + "munge.sock", "--pid-file=" + at + "munged.pid",
                   "--log-file=" + at + "log/munged.log", "--seed-file=" + at + "munged.seed")
        until(lambda: os.path.exists(at + "munge.sock"), 20, "munged listens")
        self.start_controller()
        for node in self.nodes:
            self.start_node(node)
        until(lambda: self.idle() >= len(self.nodes), 60, "every node is idle")
        return self

    def start_controller(self):
        self.spawn("slurmctld", "/usr/sbin/slurmctld", "-D", "-i")
        until(lambda: "is UP" in self.ask("scontrol", "ping"), 30, "slurmctld answers")

    def start_node(self, node):
        self.spawn(node, "/usr/sbin/slurmd", "-D", "-N", node)

    def idle(self):
        return self.ask("sinfo", "-h", "-N", "-p", "debug", "-o", "%T").split().count("idle")

    def end(self, name, number=signal.SIGTERM):
        """Ends one of the daemons; a slurmd whose controller is gone may not listen to TERM."""
        process = self.processes.pop(name, None)
        if process is None:
            return
        process.send_signal(number)
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def stop(self):
        """Ends every job, then every daemon."""
        if "slurmctld" in self.processes:
            self.ask("scancel", "-u", getpass.getuser())
            try:
                until(lambda: not self.ask("squeue", "-h").strip(), 10, "no job runs")
            except AssertionError:
                pass
        for name in list(self.processes):
            if name not in ("slurmctld", "munged"):
                self.end(name)
        self.end("slurmctld")
        self.end("munged")

    def ask(self, *command, limit=10):
        """What a command of Slurm's says; nothing where it fails."""
        try:
            done = subprocess.run(command, env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, timeout=limit)
        except subprocess.TimeoutExpired:
            return ""
        return done.stdout.decode("utf-8", "replace")

    def state(self, job):
        return self.ask("squeue", "-h", "-t", "all", "-j", str(job), "-o", "%T").strip()


def until(check, seconds, what):
    deadline = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < deadline, "not within %d s: %s" % (seconds, what)
        time.sleep(0.05)


def free_ports(count):
    """The first of so many ports in a row that nobody has on loopback."""
    for base in range(21000 + os.getpid() % 200 * 40, 32000, count):
        taken = []
        try:
            for port in range(base, base + count):
                taken.append(socket.create_server(("127.0.0.1", port)))
            return base
        except OSError:
            continue
        finally:
            for listener in taken:
                listener.close()
    raise AssertionError("there are no ports")


def main(command):
    if not shutil.which("slurmctld", path="/usr/sbin:" + os.environ.get("PATH", "")):
        sys.exit("Slurm is not installed: scripts/install-packages test")
    folder = tempfile.mkdtemp(prefix="luthier-slurm-")
    os.chmod(folder, 0o755)
    cluster = Slurm(folder)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        cluster.start()
        return subprocess.call(command, env=cluster.environment)
    finally:
        cluster.stop()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1:]))
