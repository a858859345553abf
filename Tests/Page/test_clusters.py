"""A Slurm cluster on the page, with a real one of two nodes: added, asked by a training, and the place of its job there."""

import os
import re
import uuid

import pytest
from playwright.sync_api import expect

from client import member
from conftest import PHONE, ROOT
from server import wait_for
from slurm import Slurm
from training import wait_for_end

LONG = 90_000


@pytest.fixture(scope="session")
def cluster(tmp_path_factory):
    folder = tmp_path_factory.mktemp("slurm")
    os.chmod(str(folder), 0o755)
    cluster = Slurm(folder, nodes=2)
    try:
        yield cluster.start()
    finally:
        cluster.stop()


@pytest.fixture(scope="session")
def server(make_server, cluster):
    """A server of its own, on the cluster's login node: the first to register is its administrator."""
    return make_server(SLURM_CONF=cluster.environment["SLURM_CONF"])


@pytest.fixture(scope="session")
def admin(server):
    return member(server.url, "admin" + uuid.uuid4().hex[:8])


@pytest.fixture
def full(cluster):
    """Every processor is somebody else's."""
    job = cluster.ask("sbatch", "--parsable", "--nodes=2", "--exclusive", "--mem=0", "--output=/dev/null", "--wrap", "sleep 600").strip()
    wait_for(lambda: cluster.idle() == 0, 30, "a full cluster")
    yield job
    cluster.ask("scancel", job)


@pytest.fixture
def lab(admin, tmp_path_factory):
    """The cluster among the server's hosts."""
    host = admin.post("/api/hosts", {
        "kind": "slurm", "name": "lab" + uuid.uuid4().hex[:6], "address": "localhost",
        "user_data_dir": str(tmp_path_factory.mktemp("shared")),
        "llamafactory_path": os.path.join(os.environ.get("LUTHIER_TRAINER") or os.path.join(ROOT, ".trainer"), "bin", "llamafactory-cli"),
        "slurm": {"partition": "debug", "memory_mib": 1000, "minutes": 90}})
    wait_for(lambda: admin.get("/api/hosts/" + host["host_id"])["reachable"], 60, "the cluster is reached")
    return host


def test_a_cluster_on_this_machine_is_added_without_a_login_and_changed(page, admin, enter, axe, fits, quiet, tmp_path):
    quiet.append("/api/hosts/test")
    enter("/app/hosts/new", admin)
    page.get_by_role("radio", name="Slurm cluster").check()
    # The login of a node that is reached over SSH.
    page.get_by_role("textbox", name="Login node").fill("login1")
    expect(page.get_by_label("User", exact=True)).to_be_visible()
    page.get_by_role("textbox", name="Login node").fill("localhost")
    for gone in ("User", "Port", "Slots"):
        expect(page.get_by_label(gone, exact=True)).to_have_count(0)
    expect(page.get_by_role("radio", name=re.compile("^Private key"))).to_have_count(0)
    page.get_by_label("Name", exact=True).fill("lab")
    page.get_by_label("Partition").fill("de bug")
    page.get_by_label("Memory (MiB)").fill("1000")
    page.get_by_text("Folders, environments", exact=True).click()
    page.get_by_label("Data folder").fill(str(tmp_path / "shared"))
    page.get_by_role("button", name="Test", exact=True).click()
    partition = page.get_by_label("Partition")
    expect(partition).to_have_attribute("aria-invalid", "true")
    expect(partition).to_be_focused()
    expect(page.get_by_role("alert")).to_contain_text("slurm.partition holds what Slurm has no use for")
    expect(page.locator(".note-bad")).to_have_count(0)
    axe()
    partition.fill("debug")
    for wrong in ("soon", "999999999"):
        page.get_by_label("Time limit (minutes)").fill(wrong)
        page.get_by_role("button", name="Test", exact=True).click()
        expect(page.get_by_label("Time limit (minutes)")).to_have_attribute("aria-invalid", "true")
        expect(page.get_by_label("Time limit (minutes)")).to_be_focused()
        expect(page.locator(".note-bad")).to_have_count(0)
    page.get_by_label("Time limit (minutes)").fill("90")
    page.get_by_role("button", name="Test", exact=True).click()
    expect(page.get_by_text("The host was reached")).to_be_visible(timeout=LONG)
    trial = page.locator(".trial")
    expect(trial.locator("dl")).to_contain_text(re.compile(r"Slurm\s*slurm\S* \d"))
    expect(trial.locator(".note-warn")).to_have_count(0)
    # A partition that the cluster has not is said by the test, not by the first training.
    partition.fill("gone")
    page.get_by_role("button", name="Test again").click()
    expect(trial.locator(".note-warn")).to_contain_text("The cluster has no partition gone.", timeout=LONG)
    expect(trial.locator(".note-warn")).to_contain_text("It has: debug, high, small.")
    partition.fill("debug")
    page.get_by_role("button", name="Test again").click()
    expect(trial.locator(".note-warn")).to_have_count(0, timeout=LONG)
    expect(page.get_by_role("button", name="Add a host")).to_be_visible(timeout=LONG)
    page.get_by_role("button", name="Add a host").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("lab", timeout=LONG)
    expect(page.locator(".host-sub")).to_contain_text("Slurm cluster")
    asks = page.locator("section", has=page.get_by_role("heading", name="What jobs ask for by default")).locator("dl")
    assert asks.inner_text().split("\n") == ["Partition", "debug", "Time limit", "1\u00a0h 30\u00a0min", "Memory", "1,000 MiB"]
    expect(page.locator(".host-facts").first).not_to_contain_text("Slots")
    axe()
    fits()

    page.get_by_role("link", name="Edit").click()
    expect(page.get_by_role("radio", name="Slurm cluster")).to_have_count(0)
    expect(page.get_by_label("Memory (MiB)")).to_have_value("1000")
    page.get_by_label("Memory (MiB)").fill("")
    page.get_by_label("Nodes").fill("2")
    expect(page.get_by_label("Run chat models on the login node")).not_to_be_checked()
    page.get_by_label("Run chat models on the login node").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("lab")
    host = next(each for each in admin.get("/api/hosts")["hosts"] if each["name"] == "lab")
    assert host["slurm"] == {"partition": "debug", "minutes": 90, "nodes": 2, "services": "login_node"}
    page.goto("/app/hosts")
    card = page.locator(".host-card", has_text="Slurm cluster")
    expect(card).to_contain_text("Slurm cluster · Partition debug · Time limit 1 h 30 min · Nodes 2 · Chat models on the login node")
    expect(card).not_to_contain_text("slot")
    admin.delete("/api/hosts/" + host["host_id"])


def test_a_training_asks_a_cluster_and_its_job_tells_its_place(page, server, lab, full, user, enter, base_model, identity, axe, fits, quiet):
    quiet.extend(("/api/tasks", "/api/tasks/preview", "/api/tasks/estimate"))
    dataset = user.upload("identity.json", identity)
    enter("/app/tasks/new?model=%s&dataset=%s" % (base_model, dataset["file_path"]))
    page.get_by_label("Name", exact=True).fill("clustered")
    expect(page.get_by_label("Priority")).to_be_visible()
    expect(page.get_by_label("Partition")).to_have_count(0)
    page.get_by_label("Host", exact=True).select_option(label=lab["name"])
    expect(page.get_by_label("Priority")).to_have_count(0)
    # What the administrator set is seen by whoever submits.
    expect(page.get_by_label("Partition")).to_have_attribute("placeholder", "debug")
    expect(page.get_by_label("Time limit (minutes)")).to_have_attribute("placeholder", "90")
    expect(page.get_by_role("textbox", name="Account")).to_have_attribute("placeholder", "cluster default")
    page.get_by_label("Nodes").fill("0")
    expect(page.locator(".preview")).to_contain_text("slurm.nodes is a number from 1")
    page.get_by_role("button", name="Start training").click()
    expect(page.get_by_label("Nodes")).to_be_focused()
    expect(page.get_by_label("Nodes")).to_have_attribute("aria-invalid", "true")
    page.get_by_label("Nodes").fill("")
    page.get_by_label("CPUs").fill("2")
    page.get_by_label("Time limit (minutes)").fill("20")
    expect(page.locator(".preview")).to_contain_text("llamafactory-cli train")
    axe()
    page.get_by_role("button", name="Start training").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("clustered")
    line = page.locator(".task-line")
    expect(line).to_contain_text("Waits in the queue of " + lab["name"], timeout=LONG)
    facts = page.locator("dl.facts").first
    expect(facts).to_contain_text("Slurm job")
    expect(facts).to_contain_text("20 min")
    expect(facts.get_by_text("CPU", exact=True)).to_have_count(0)
    expect(page.locator("main")).not_to_contain_text("slot")
    task = page.url.rsplit("/", 1)[1]
    sent = user.get("/api/tasks/" + task)
    assert sent["slurm"] == {"cpus": 2, "minutes": 20} and sent["host_id"] == lab["host_id"]
    expect(facts).to_contain_text(sent["cluster_job"])
    axe()

    page.goto("/app/tasks/new?from=" + task)
    expect(page.get_by_label("CPUs")).to_have_value("2")
    page.get_by_label("Name", exact=True).fill("behind")
    page.get_by_label("Time limit (minutes)").fill("")
    page.get_by_role("button", name="Start training").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("behind")
    expect(line).to_contain_text("1 ahead", timeout=LONG)
    page.get_by_role("button", name="Language").click()
    page.get_by_role("menuitemradio", name="中文").click()
    page.set_viewport_size(PHONE)
    fits()
    expect(line).to_contain_text("Slurm 队列")
    expect(facts).to_contain_text("Slurm 作业号")
    behind = page.url.rsplit("/", 1)[1]
    assert user.get("/api/tasks/" + behind)["slurm"] == {"cpus": 2}
    for each in (behind, task):
        user.post("/api/tasks/%s/cancel" % each, {})
        assert wait_for_end(user, each, 60)["status"] == "cancelled"


@pytest.mark.parametrize("language, state, node, partition, slurm", [
    ("en", "Passed", "sees the user data folder and runs jobs from it", "2 of 2 nodes idle, 8 cores, .*at most 24 h", "with"),
    ("zh", "通过", "能看到用户数据文件夹并从中运行作业", "2 个节点中 2 个空闲，8 核，.*最长 24 小时", "有作业记账|没有作业记账")])
def test_the_check_up_looks_at_the_cluster_and_at_a_node(page, admin, lab, enter, axe, fits, quiet, language, state, node, partition, slurm):
    enter("/app/hosts/" + lab["host_id"], admin)
    page.get_by_role("button", name=re.compile("^(Check now|开始检查)$")).click()
    checks = page.locator(".host-checks li")
    said = {"en": ("Slurm", "Partition debug (default)", "Node", "Trainer on a node"),
            "zh": ("Slurm", "分区 debug（默认）", "节点", "节点上的训练程序")}[language]
    for name, words in zip(said, (slurm, partition, node, "llamafactory-cli")):
        check = checks.filter(has=page.get_by_text(name, exact=True))
        expect(check).to_have_count(1, timeout=LONG)
        expect(check.locator(".state")).to_have_text(state)
        expect(check).to_contain_text(re.compile(words))
    if language == "zh":
        # Nothing of it stays English but names.
        for word in ("nodes", "cores", "idle", "available", "free for", "accounting", "default"):
            expect(page.locator(".host-checks")).not_to_contain_text(word)
    axe()
    fits()


def test_the_check_up_says_what_a_cluster_lacks(page, admin, lab, enter, axe, quiet):
    """The real answer of a login node without Slurm's programs, which this one has."""
    page.route("**/doctor", lambda route: route.fulfill(json={"healthy": False, "checks": [
        {"name": "slurm", "outcome": "failed", "message": "sbatch was not found on the login node.",
         "cure": "Put Slurm's programs into the PATH of the user that the server logs in as."}]}))
    enter("/app/hosts/" + lab["host_id"], admin)
    page.get_by_role("button", name="Check now").click()
    expect(page.get_by_text("Something is missing.")).to_be_visible()
    expect(page.locator(".host-checks")).to_contain_text("Put Slurm's programs into the PATH")
    page.get_by_role("button", name="Language").click()
    page.get_by_role("menuitemradio", name="中文").click()
    expect(page.locator(".host-checks")).to_contain_text("登录节点上找不到 sbatch。")
    expect(page.locator(".host-checks")).to_contain_text("请把 Slurm 的程序放入")
    axe()


def test_a_model_whose_job_waits_says_where_and_why_in_both_languages(page, admin, enter, axe, quiet, base_model):
    """What the server tells of a job in the queue, on a page whose list has a model that loads."""
    listed = admin.get("/api/models")["models"]
    assert listed, "the folder of the tiny base is among the server's"
    name = listed[0]["name"]
    page.route(re.compile(r"/api/models(\?.*)?$"), lambda route: route.fulfill(
        json={"models": [dict(model, status="loading" if model["name"] == name else model["status"]) for model in listed]}))
    page.route("**/status", lambda route: route.fulfill(json={
        "name": name, "status": "loading", "phase": "waiting", "seconds": 4, "queue": {
            "position": 3, "ahead": 2, "reason": "cluster", "expected_seconds": None,
            "message": "Waits in the queue of lab, for nodes to become free, 2 ahead.",
            "message_zh": "在 lab 上的 Slurm 队列中等待，等待空闲节点，前面还有 2 个任务。"}}))
    enter("/app/models", admin)
    state = page.locator(".model-state", has_text="2 ahead")
    expect(state).to_contain_text("Waits in the queue of lab, for nodes to become free, 2 ahead.", timeout=LONG)
    expect(state).not_to_contain_text("waiting for room")
    axe()
    page.get_by_role("button", name="Language").click()
    page.get_by_role("menuitemradio", name="中文").click()
    expect(page.locator(".model-state", has_text="前面还有 2 个任务")).to_contain_text("Slurm 队列")
    expect(page.locator(".model-state", has_text="等待空位")).to_have_count(0)
