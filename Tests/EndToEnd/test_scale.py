"""Many hosts and tasks on two servers, of which the one in charge is killed: nothing is lost, and nothing runs twice.

The hosts are simulated (Benchmarks/scale): what stands behind `ssh` answers its multiplexing protocol and the agent's.
"""

import os
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "Benchmarks", "scale"))

from installation import Site  # noqa: E402
from phases import connected  # noqa: E402
from server import wait_for  # noqa: E402

HOSTS, TASKS = 20, 200


def test_the_server_in_charge_of_many_tasks_is_killed_and_each_task_runs_once_to_its_end(program):
    site = Site(program, HOSTS, TASKS, servers=2, seconds=1.0, users=4)
    try:
        site.add_hosts()
        wait_for(lambda: connected(site) == HOSTS, 60, "all hosts are connected", site.logs)
        site.submit()
        wait_for(lambda: site.states() == {"running": TASKS}, 120, "all tasks run", site.logs)
        # What the trainers write comes to who looks.
        wait_for(lambda: all(task.get("progress") for task in site.listed().values()), 60, "all make progress", site.logs)
        first = site.in_charge()
        first.kill()
        wait_for(site.in_charge, 60, "another is in charge", site.logs)
        assert site.in_charge() is not first
        wait_for(lambda: connected(site) == HOSTS, 60, "all hosts are connected again", site.logs)
        wait_for(lambda: site.look()["watched"] == TASKS, 60, "all tasks are followed again", site.logs)
        assert site.look()["running"] == TASKS, "a trainer was ended"
        first.start()
        site.orders("end", within=1)
        wait_for(lambda: site.states() == {"completed": TASKS}, 120, "every end is registered", site.logs)
        look, listed = site.look(), site.listed()
        assert set(listed) == set(site.task_ids.values()), "a task was lost, or is not one that was submitted"
        assert {(task["status"], task["attempt"]) for task in listed.values()} == {("completed", 1)}
        assert (look["started"], look["started twice"]) == (TASKS, 0), look
        # What their GPUs did was written down, and no task has another's.
        names = {host["host_id"]: host["name"] for host in site.line().get("/api/hosts")["hosts"]}
        for number in range(0, TASKS, 37):
            task = site.task_ids["task-%05d" % number]
            (gpu,) = site.line(number % 4).get("/api/tasks/%s/gpus" % task)["gpus"]
            assert gpu["uuid"].startswith("GPU-%s.sim-" % names[listed[task]["host_id"]]), gpu
            assert gpu["samples"] and {sample["utilization"] for sample in gpu["samples"]} <= {0.0, 97.0}, gpu
        # Each made its model, once.
        models = [model["task_id"] for user in range(4) for model in site.line(user).get("/api/files/models")["models"]]
        assert sorted(models) == sorted(listed), "a model is missing, or is there twice"
        assert site.in_charge() is not first
    finally:
        site.stop()
