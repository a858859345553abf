"""What is done to an installation: each fault strikes, and returns how it is put right."""

import os
import signal

import installation as place
from server import wait_for


def kill(pids, number=signal.SIGKILL):
    for pid in pids:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            pass


def nothing():
    pass


def server_killed(site):
    site.server.kill()
    return lambda: site.server.start()


def agent_killed(site):
    agents = site.agents()
    assert agents, "no agent runs"
    kill(agents)
    wait_for(lambda: set(site.agents()) - set(agents), 20, "another agent", site.server.log)
    return nothing


def trainer_killed(site):
    trainers = site.trainers()
    assert trainers, "no trainer runs"
    kill(trainers)
    return nothing


def wrapper_killed(site):
    wrappers = site.wrappers()
    assert wrappers, "no wrapper runs"
    kill(wrappers)
    return nothing


def all_told_to_end(site):
    """As a machine that goes down does it."""
    kill([site.server.process.pid] + site.processes(), signal.SIGTERM)
    site.server.process.wait(timeout=60)
    return lambda: site.server.start()


def disk_full(site):
    return place.fill(site.disk)


def folder_read_only(site):
    users = os.path.join(site.disk, "data", "users")
    place.mount(users, users, None, place.MS_BIND)
    place.mount(None, users, None, place.MS_REMOUNT | place.MS_BIND | place.MS_RDONLY)
    return lambda: place.LIBC.umount2(users.encode(), place.MNT_DETACH)


def clock_stepped_back(site):
    site.step_clock(-3600)
    return nothing


def database_locked(site):
    held = place.Held(os.path.join(site.disk, "data", "luthier.db"))
    return held.let_go


FAULTS = {
    "server killed": server_killed, "agent killed": agent_killed, "trainer killed": trainer_killed,
    "wrapper killed": wrapper_killed, "all told to end": all_told_to_end, "disk full": disk_full,
    "folder read-only": folder_read_only, "clock stepped back": clock_stepped_back,
    "database locked": database_locked,
}
#: Faults of a job's own processes: they need one.
OF_JOBS = ("trainer killed", "wrapper killed")
#: Faults that need mounts.
OF_DISKS = ("disk full", "folder read-only")
#: How long a fault lasts, where it is a state and no blow.
LASTS = {"disk full": 3, "folder read-only": 3, "database locked": 8}
