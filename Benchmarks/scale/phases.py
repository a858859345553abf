"""What is measured of an installation, phase by phase."""

import os
import sys
import time

from installation import ROOT, Line

sys.path.insert(0, os.path.join(ROOT, "Benchmarks", "ssh"))

from client import Client  # noqa: E402
from lab import cpu_of_one, percentile, resident  # noqa: E402
from server import wait_for  # noqa: E402
from watching import delays  # noqa: E402

#: Name, form and aim of each figure, in the table's order.
ROWS = [
    ("hosts", "%d", ""), ("tasks", "%d", ""), ("servers", "%d", ""),
    ("hosts added, s", "%.1f", ""), ("hosts connected, s", "%.1f", ""),
    ("tasks submitted, a second", "%.0f", ""),
    ("submitted until told as queued, p50 ms", "%.1f", ""), ("submitted until told as queued, p99 ms", "%.1f", "1000"),
    ("all running after the first was submitted, s", "%.1f", ""),
    ("in charge, cores", "%.3f", ""), ("the others, cores", "%.3f", ""), ("PostgreSQL, cores", "%.3f", ""),
    ("the simulation, cores", "%.3f", ""),
    ("in charge, MB", "%.0f", ""), ("the others, MB", "%.0f", ""), ("one ssh, MB", "%.2f", ""),
    ("in charge, descriptors", "%d", ""),
    ("steps written on hosts, a second", "%.0f", ""), ("frames from agents, a second", "%.0f", ""),
    ("questions to agents, a second", "%.0f", ""),
    ("statements, a second", "%.0f", ""), ("commits, a second", "%.0f", ""), ("database, MB", "%.0f", ""),
    ("line to event, p50 ms", "%.2f", "10"), ("line to event, p99 ms", "%.1f", "100"),
    ("list of 50 tasks, p50 ms", "%.1f", ""), ("list of 50 tasks, p99 ms", "%.1f", ""),
    ("list of 50 tasks, relayed, p50 ms", "%.1f", ""), ("list of 50 tasks, relayed, p99 ms", "%.1f", ""),
    ("one task, p50 ms", "%.1f", ""), ("one task, p99 ms", "%.1f", ""),
    ("all hosts, p50 ms", "%.1f", ""), ("all hosts, p99 ms", "%.1f", ""),
    ("/metrics, p50 ms", "%.1f", ""), ("/metrics, p99 ms", "%.1f", ""),
    ("killed until another is in charge, s", "%.1f", "15"), ("killed until all hosts are connected, s", "%.1f", ""),
    ("killed until all tasks are followed, s", "%.1f", ""), ("tasks started twice", "%d", "0"),
    ("all ended until all are registered, s", "%.1f", ""), ("tasks lost", "%d", "0"),
]


def measure(site, is_quick=False):
    """Every figure of an installation that was just started, as `ROWS` names them, and `faults`."""
    found = {"hosts": site.hosts, "tasks": site.tasks, "servers": len(site.servers), "faults": []}
    hosts(site, found)
    tasks(site, found)
    rest(site, found, 5 if is_quick else 20)
    answers(site, found, 20 if is_quick else 100)
    if len(site.servers) > 1:
        kill(site, found)
    end(site, found)
    return found


def say(found, *names):
    forms = {name: form for name, form, _ in ROWS}
    print("  " + "; ".join(("%s: " + forms[name]) % (name, found[name]) for name in names), flush=True)


def hosts(site, found):
    began = time.monotonic()
    site.add_hosts()
    found["hosts added, s"] = time.monotonic() - began
    wait_for(lambda: connected(site) >= site.hosts, 600, "all hosts are connected", lambda: str(connected(site)))
    found["hosts connected, s"] = time.monotonic() - began
    say(found, "hosts added, s", "hosts connected, s")


def connected(site):
    """Simulated hosts that the server in charge says are connected."""
    server = site.in_charge()
    figures = site.figures(server) if server else {}
    return sum(value for name, value in figures.items()
               if name.startswith("luthier_host_connected{") and '"local"' not in name)


def tasks(site, found):
    began = time.monotonic()
    took = site.submit()
    found["tasks submitted, a second"] = site.tasks / (time.monotonic() - began)
    found["submitted until told as queued, p50 ms"] = percentile(took, 0.5) * 1000
    found["submitted until told as queued, p99 ms"] = percentile(took, 0.99) * 1000
    wait_for(lambda: site.states().get("running", 0) >= site.tasks, 1200, "all tasks run", lambda: str(site.states()))
    found["all running after the first was submitted, s"] = time.monotonic() - began
    say(found, "tasks submitted, a second", "submitted until told as queued, p50 ms",
        "submitted until told as queued, p99 ms", "all running after the first was submitted, s")


def rest(site, found, seconds):
    """What it takes when nobody asks for anything and everything runs."""
    chief = site.in_charge()
    time.sleep(2)

    def look():
        world = site.look()
        return {
            "time": time.monotonic(), "chief": cpu_of_one(chief.process.pid),
            "others": sum(cpu_of_one(server.process.pid) for server in site.servers if server is not chief),
            "world": cpu_of_one(site.world.pid), "postgres": sum(map(cpu_of_one, site.database_pids())),
            "frames": world["frames"],
            "asked": sum(world["operations"].values()), "steps": world["steps"],
            "statements": int(site.database.sql("SELECT sum(calls) FROM pg_stat_statements", "luthier")),
            "commits": int(site.database.sql(
                "SELECT xact_commit FROM pg_stat_database WHERE datname = 'luthier'", "luthier"))}

    before = look()
    time.sleep(seconds)
    after = look()
    lasted = after["time"] - before["time"]
    for name, key in (
            ("in charge, cores", "chief"), ("the others, cores", "others"), ("PostgreSQL, cores", "postgres"),
            ("the simulation, cores", "world"), ("frames from agents, a second", "frames"),
            ("questions to agents, a second", "asked"), ("steps written on hosts, a second", "steps"),
            ("statements, a second", "statements"), ("commits, a second", "commits")):
        found[name] = (after[key] - before[key]) / lasted
    found["in charge, MB"] = resident(chief.process.pid)
    found["the others, MB"] = sum(resident(server.process.pid) for server in site.servers if server is not chief)
    found["one ssh, MB"] = site.size_of_one_ssh()
    found["in charge, descriptors"] = len(os.listdir("/proc/%d/fd" % chief.process.pid))
    found["database, MB"] = int(site.database.sql("SELECT pg_database_size('luthier')")) / 1e6
    found["frequent statements"] = site.database.sql(
        "SELECT calls, round(total_exec_time) AS ms, rows, left(regexp_replace(query, '\\s+', ' ', 'g'), 150) "
        "FROM pg_stat_statements ORDER BY total_exec_time DESC LIMIT 20", "luthier").splitlines()
    say(found, "in charge, cores", "the others, cores", "PostgreSQL, cores", "the simulation, cores", "in charge, MB",
        "statements, a second", "frames from agents, a second", "questions to agents, a second")


def answers(site, found, times):
    chief = site.in_charge()
    task = site.task_ids["task-00000"]
    url = chief.url
    watching = Client(url, site.users[0].token)
    stream = (data["logs"] for name, _, data in watching.events("/api/tasks/%s/logs/stream" % task) if name == "log")
    next(stream)
    output = watching.get("/api/tasks/" + task)["output_dir"]
    took = []
    for _ in range(times):
        site.orders("say", output=output)
        took += delays(stream, 1)
    found["line to event, p50 ms"] = percentile(took, 0.5) * 1000
    found["line to event, p99 ms"] = percentile(took, 0.99) * 1000
    other = next((server for server in site.servers if server is not chief), None)
    for name, path, server, count in (
            ("list of 50 tasks", "/api/tasks?limit=50", chief, times),
            ("list of 50 tasks, relayed", "/api/tasks?limit=50", other, times),
            ("one task", "/api/tasks/" + task, chief, times), ("all hosts", "/api/hosts", chief, max(5, times // 5)),
            ("/metrics", "/metrics", chief, max(5, times // 5))):
        if server is None:
            continue
        line, took = Line(server.url, site.users[0].token), []
        for _ in range(count):
            began = time.monotonic()
            status, _ = line.ask("GET", path)
            took.append(time.monotonic() - began)
            assert status == 200, (path, status)
        found[name + ", p50 ms"] = percentile(took, 0.5) * 1000
        found[name + ", p99 ms"] = percentile(took, 0.99) * 1000
    say(found, "line to event, p50 ms", "line to event, p99 ms", "list of 50 tasks, p50 ms", "one task, p50 ms",
        "all hosts, p50 ms", "/metrics, p50 ms")


def kill(site, found):
    """kill -9 of the server in charge: all is taken up by another, and nothing is started twice."""
    chief = site.in_charge()
    chief.kill()
    began = time.monotonic()
    wait_for(site.in_charge, 60, "another is in charge")
    found["killed until another is in charge, s"] = time.monotonic() - began
    wait_for(lambda: connected(site) >= site.hosts, 600, "all hosts are connected again", lambda: str(connected(site)))
    found["killed until all hosts are connected, s"] = time.monotonic() - began
    wait_for(
        lambda: site.look()["watched"] >= site.tasks, 600, "all tasks are followed again", lambda: str(site.look()))
    wait_for(lambda: site.unreachable() == 0, 600, "no task is unreachable", lambda: str(site.unreachable()))
    found["killed until all tasks are followed, s"] = time.monotonic() - began
    states = site.states()
    if states != {"running": site.tasks}:
        found["faults"].append("after the kill the tasks are %s" % states)
    chief.start()
    say(found, "killed until another is in charge, s", "killed until all hosts are connected, s",
        "killed until all tasks are followed, s")


def end(site, found):
    """All end; each must be registered as completed, with its one attempt."""
    site.orders("end", within=1 if site.tasks < 1000 else 5)
    began = time.monotonic()
    wait_for(lambda: site.look()["running"] == 0, 60, "every trainer has ended")
    wait_for(lambda: set(site.states()) == {"completed"}, 1200, "all ends are registered", lambda: str(site.states()))
    found["all ended until all are registered, s"] = time.monotonic() - began
    look, listed = site.look(), site.listed()
    found["tasks started twice"] = look["started twice"]
    wrong = [identifier for identifier in site.task_ids.values()
             if (listed.get(identifier, {}).get("status"), listed.get(identifier, {}).get("attempt")) != ("completed", 1)]
    found["tasks lost"] = len(wrong)
    if wrong or look["started twice"] or look["started"] != site.tasks or len(listed) != site.tasks:
        found["faults"].append("of %d tasks %d were started, %d twice; %d are listed, %d of them not completed" % (
            site.tasks, look["started"], look["started twice"], len(listed), len(wrong)))
    say(found, "all ended until all are registered, s", "tasks started twice", "tasks lost")
    for fault in found["faults"]:
        print("  FAULT: " + fault)
