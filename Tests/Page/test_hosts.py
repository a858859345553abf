"""Hosts on the page, with a real sshd: tried, their key compared, added, looked over, changed and removed."""

import os
import pwd
import re
import subprocess
import uuid
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from client import member
from conftest import DESKTOP, PHONE, SMALLEST
from server import wait_for
from sshd import Sshd

LONG = 90_000


@pytest.fixture(scope="session")
def server(make_server):
    """A server of its own: the first to register is its administrator."""
    return make_server()


@pytest.fixture(scope="session")
def admin(server):
    return member(server.url, "admin" + uuid.uuid4().hex[:8])


@pytest.fixture
def sshd(tmp_path):
    host = Sshd(tmp_path / "sshd").start()
    yield host
    host.stop()


@pytest.fixture
def sign_in(page):
    """Opens the page as somebody."""

    def do(client, path="/app/hosts"):
        page.add_init_script("sessionStorage.setItem('luthier.token', '%s')" % client.token)
        page.goto(path)
        page.wait_for_selector("h1")

    return do


@pytest.fixture
def add(admin, tmp_path):
    """Adds a host by the API, and removes what is left of them at the end."""
    made = []

    def do(sshd, **more):
        name = "gpu" + uuid.uuid4().hex[:6]
        with open(sshd.key) as key:
            host = admin.post("/api/hosts", {
                "name": name, "address": "127.0.0.1", "port": sshd.port, "user": me(), "private_key": key.read(),
                "user_data_dir": str(tmp_path / "data"), "work_dir": str(tmp_path / "work"), **more})
        made.append(host["host_id"])
        wait_for(lambda: admin.get("/api/hosts/" + host["host_id"])["state"] == "connected", 90, "it is connected")
        return host

    yield do
    for each in made:
        if each in str(admin.get("/api/hosts")):
            admin.delete("/api/hosts/" + each)


def me():
    return pwd.getpwuid(os.geteuid()).pw_name


def fingerprint(sshd):
    text = subprocess.check_output(["ssh-keygen", "-l", "-f", os.path.join(sshd.folder, "host.pub")]).decode()
    return re.search(r"SHA256:\S+", text).group(0)


def fill(page, sshd, name):
    page.get_by_label("Address").fill("127.0.0.1")
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label("User", exact=True).fill(me())
    page.get_by_label("Port").fill(str(sshd.port))


def test_a_host_is_tried_its_key_compared_and_added_then_removed(page, admin, sign_in, sshd, quiet, tmp_path):
    admin.get("/api/hosts")
    sign_in(admin)
    page.get_by_role("link", name="Add a host").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Add a host")
    # Nothing is sent while something is missing.
    page.get_by_role("button", name="Test").click()
    expect(page.get_by_label("Address")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("Address")).to_be_focused()
    fill(page, sshd, "tried")
    page.get_by_role("radio", name=re.compile("^Private key")).check()
    with open(sshd.key) as key:
        page.get_by_label("Text of the private key").fill(key.read())
    page.get_by_text("Folders, environments").click()
    page.get_by_label("Work folder").fill(str(tmp_path / "work"))
    page.get_by_label("Data folder").fill(str(tmp_path / "data"))
    page.get_by_role("button", name="Test").click()
    expect(page.get_by_text("The host was reached")).to_be_visible(timeout=LONG)
    expect(page.locator(".host-key code")).to_have_text(fingerprint(sshd))
    assert [host["kind"] for host in admin.get("/api/hosts")["hosts"]] == ["local"], "a test kept a host"

    # Not without the key compared, and not with something that was not tested.
    page.get_by_role("button", name="Add a host").click()
    expect(page.get_by_role("alert")).to_contain_text("Compare the key first")
    assert len(admin.get("/api/hosts")["hosts"]) == 1
    page.get_by_label("Name", exact=True).fill("tried one")
    expect(page.get_by_role("button", name="Add a host")).to_have_count(0)
    page.get_by_role("button", name="Test again").click()
    expect(page.get_by_role("button", name="Add a host")).to_be_visible(timeout=LONG)
    page.get_by_label("Yes: this is the host's own key").check()
    page.get_by_role("button", name="Add a host").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("tried one", timeout=LONG)
    expect(page.locator(".host-sub .state")).to_have_text("Connected", timeout=LONG)
    expect(page.get_by_text(fingerprint(sshd))).to_be_visible()
    with open(sshd.key) as key:
        secret = key.read().splitlines()[2]
    assert secret not in page.content(), "a secret is shown again"

    page.get_by_role("button", name="Test the connection").click()
    expect(page.get_by_role("dialog")).to_contain_text("tried one was reached.", timeout=LONG)
    page.get_by_role("dialog").get_by_role("button", name="Close").last.click()

    page.get_by_role("button", name="More for tried one").click()
    page.get_by_role("menuitem", name="Remove").click()
    page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Hosts")
    expect(page.get_by_text("tried one", exact=True)).to_have_count(0)
    assert [host["kind"] for host in admin.get("/api/hosts")["hosts"]] == ["local"]


def test_a_refused_login_and_a_dead_port_are_said_beside_the_form(page, admin, sign_in, sshd, quiet):
    sign_in(admin, "/app/hosts/new")
    fill(page, sshd, "refused")
    page.get_by_role("radio", name=re.compile("^Password")).check()
    page.get_by_label("Password", exact=True).fill("not the password")
    page.get_by_role("button", name="Test").click()
    expect(page.locator(".trial .note-bad")).to_contain_text(re.compile("refused|lets|login", re.I), timeout=LONG)
    expect(page.get_by_role("button", name="Add a host")).to_have_count(0)
    sshd.stop()
    page.get_by_role("button", name="Test again").click()
    expect(page.locator(".trial .note-bad")).to_contain_text("Nothing listens", timeout=LONG)
    assert len(admin.get("/api/hosts")["hosts"]) == 1


def test_a_host_that_is_away_is_added_unseen_and_connected_when_it_comes(page, admin, sign_in, sshd, quiet, tmp_path):
    sshd.stop()
    sign_in(admin, "/app/hosts/new")
    fill(page, sshd, "sleeper")
    page.get_by_role("radio", name=re.compile("^Private key")).check()
    with open(sshd.key) as key:
        page.get_by_label("Text of the private key").fill(key.read())
    page.get_by_text("Folders, environments").click()
    page.get_by_label("Work folder").fill(str(tmp_path / "work"))
    page.get_by_label("Data folder").fill(str(tmp_path / "data"))
    page.get_by_role("button", name="Test").click()
    expect(page.get_by_text("Nobody has compared its key")).to_be_visible(timeout=LONG)
    page.get_by_role("button", name="Add it anyway").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("sleeper", timeout=LONG)
    expect(page.locator(".host-sub .state")).to_have_text("Unreachable", timeout=LONG)
    expect(page.locator(".note-bad")).to_contain_text("Nothing listens")
    host, = [each for each in admin.get("/api/hosts")["hosts"] if each["name"] == "sleeper"]
    try:
        page.goto("/app/hosts")
        card = page.locator(".host-card").filter(has_text="sleeper")
        expect(card.locator(".state")).to_have_text("Unreachable")
        expect(card).to_contain_text("Nothing listens")
        # Nobody reloads: it is tried again by itself.
        sshd.start()
        expect(card.locator(".state")).to_have_text("Connected", timeout=LONG)
        expect(card).not_to_contain_text("Nothing listens")
    finally:
        admin.delete("/api/hosts/" + host["host_id"])


def test_the_check_up_says_what_is_missing_and_its_cure(page, admin, sign_in, sshd, add, quiet):
    host = add(sshd, venv="/no/such/environment")
    sign_in(admin, "/app/hosts/" + host["host_id"])
    page.get_by_role("button", name="Check now").click()
    expect(page.get_by_text("Something is missing.")).to_be_visible(timeout=LONG)
    trainer = page.locator(".host-checks li").filter(has=page.locator("strong", has_text="Trainer"))
    expect(trainer.locator(".state")).to_have_text("Failed")
    expect(trainer.locator("code")).to_contain_text("luthier host setup " + host["name"])
    expect(page.locator(".host-checks li").first.locator(".state")).to_have_text("Passed")


def test_a_changed_key_is_accepted_only_with_what_the_host_says(page, admin, sign_in, sshd, add, quiet):
    quiet.append("/setup")  # asked as the host goes away
    host = add(sshd)
    before = fingerprint(sshd)
    sign_in(admin, "/app/hosts/" + host["host_id"])
    expect(page.locator(".host-sub .state")).to_have_text("Connected", timeout=LONG)
    sshd.stop()
    for name in ("host", "host.pub"):
        os.unlink(os.path.join(sshd.folder, name))
    subprocess.run(
        ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", os.path.join(sshd.folder, "host")], check=True)
    after = fingerprint(sshd)
    sshd.start()
    # Nobody reloads: the events tell the page.
    expect(page.locator(".host-sub .state")).to_have_text("Refused", timeout=LONG)
    keys = page.locator(".host-key-pair dd")
    expect(keys).to_have_text([before, after], timeout=LONG)
    page.get_by_role("button", name="Accept the new key").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).not_to_contain_text(after)
    dialog.get_by_label("What it printed").fill("256 %s root@host (ED25519)" % before)
    dialog.get_by_role("button", name="Accept this key").click()
    expect(dialog.get_by_role("alert")).to_contain_text("not the key")
    assert admin.get("/api/hosts/" + host["host_id"])["fingerprints"] == [before]
    dialog.get_by_label("What it printed").fill("256 %s root@host (ED25519)" % after)
    dialog.get_by_role("button", name="Accept this key").click()
    expect(page.locator(".host-sub .state")).to_have_text("Connected", timeout=LONG)
    expect(page.locator(".host-key-pair")).to_have_count(0)
    assert admin.get("/api/hosts/" + host["host_id"])["fingerprints"] == [after]


def test_a_host_is_changed_and_its_login_is_kept(page, admin, sign_in, sshd, add, quiet):
    host = add(sshd)
    sign_in(admin, "/app/hosts/%s/edit" % host["host_id"])
    expect(page.get_by_label("Unchanged")).to_be_checked()
    page.get_by_label("Name", exact=True).fill("renamed")
    page.get_by_text("Folders, environments").click()
    page.get_by_label("Slots").fill("99")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_have_text("Enter a whole number from 1 to 64")
    page.get_by_label("Slots").fill("3")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("renamed")
    expect(page.locator(".host-sub .state")).to_have_text("Connected", timeout=LONG)
    kept = admin.get("/api/hosts/" + host["host_id"])
    assert (kept["slots"], kept["settings"]["authentication"]) == (3, "private_key")


def test_a_port_is_taken_back_and_what_is_wrong_is_said_beside_its_field(page, admin, sign_in, sshd, add, quiet):
    host = add(sshd)
    quiet.append("/api/hosts/" + host["host_id"])
    # In the end it is asked at a port where it may not answer.
    quiet.append("/api/hosts/%s/setup" % host["host_id"])
    sign_in(admin, "/app/hosts/%s/edit" % host["host_id"])
    page.get_by_label("User", exact=True).fill("two words")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_label("User", exact=True)).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("User", exact=True)).to_be_focused()
    expect(page.locator(".note-bad")).to_have_count(0)
    page.get_by_label("User", exact=True).fill(me())
    # Behind a click: it is opened.
    page.get_by_text("Folders, environments").click()
    page.get_by_label("Work folder").fill("work")
    page.get_by_text("Folders, environments").click()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_label("Work folder")).to_be_focused()
    page.get_by_label("Work folder").fill("")
    assert admin.get("/api/hosts/" + host["host_id"])["settings"]["port"] == sshd.port
    page.get_by_label("Port").fill("")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(host["name"])
    assert "port" not in admin.get("/api/hosts/" + host["host_id"])["settings"]


def test_a_failed_installation_shows_its_log_and_its_cure(page, admin, sign_in, tmp_path, add, quiet):
    # An index that has nothing: the installer ends at once and says so.
    sshd = Sshd(tmp_path / "offline", "SetEnv PIP_NO_INDEX=1 PIP_FIND_LINKS=%s LUTHIER_TORCH=cpu "
                "LUTHIER_PYTHON=/usr/bin/python3\n" % (tmp_path / "nothing")).start()
    try:
        host = add(sshd)
        sign_in(admin, "/app/hosts/" + host["host_id"])
        page.get_by_role("button", name="Install", exact=True).click()
        section = page.locator("#setup")
        expect(section.locator(".state")).to_have_text("Failed", timeout=LONG)
        expect(section.get_by_role("alert")).to_be_visible()
        expect(section.get_by_role("region", name="Installation log")).to_contain_text("Looking at the host")
        # It is there again for who comes back.
        page.reload()
        expect(section.get_by_role("region", name="Installation log")).to_contain_text(
            "Looking at the host", timeout=LONG)
        expect(section.get_by_role("button", name="Install again")).to_be_visible()
    finally:
        sshd.stop()


def test_who_is_no_administrator_sees_hosts_and_nothing_to_change(page, admin, user, sign_in, sshd, add, quiet):
    host = add(sshd)
    sign_in(user)
    page.get_by_role("link", name=host["name"]).click()
    expect(page.get_by_role("heading", level=1)).to_have_text(host["name"])
    expect(page.get_by_role("button", name="Check now")).to_be_visible()
    for word in ("Edit", "Test the connection", "Install", "Remove", "Add a host"):
        expect(page.get_by_role("button", name=word)).to_have_count(0)
        expect(page.get_by_role("link", name=word)).to_have_count(0)
    expect(page.get_by_text("Work folder")).to_have_count(0)
    for path in ("/app/hosts/new", "/app/hosts/%s/edit" % host["host_id"]):
        page.goto(path)
        expect(page.get_by_text("Administrators add and change hosts.")).to_be_visible()
        expect(page.get_by_role("textbox")).to_have_count(0)


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE])
def test_strangers_on_a_gpu_are_told_from_ones_own(page, admin, sign_in, axe, fits, quiet):
    """The real answer, with the GPUs that this machine has not."""
    gpu = {"index": 0, "name": "NVIDIA H200", "uuid": "GPU-1", "memory_total": 150_754_820_096,
           "memory_used": 97_000_000_000, "utilization": 93.0, "temperature": 61.0, "power": 540.2,
           "compute_mode": "Default", "partitioned": False, "processes": [
               {"pid": 4711, "owner": "ours", "user": "train", "name": "python3", "memory": 61_000_000_000},
               {"pid": 815, "owner": "stranger", "user": "<b>eve</b>", "name": "ollama", "memory": 36_000_000_000},
               {"pid": 99, "owner": "unknown", "user": None, "name": None, "memory": None}]}

    def answer(route):
        real = route.fetch()
        host = real.json()
        each = host["hosts"][0] if "hosts" in host else host
        each["load"]["gpus"] = [gpu, dict(
            gpu, index=1, uuid="GPU-2", memory_used=0, utilization=0.0, partitioned=True, processes=[])]
        route.fulfill(response=real, json=host)

    page.route(re.compile(r"/api/hosts(/local)?(\?.*)?$"), answer)
    sign_in(admin)
    expect(page.locator(".host-card").first).to_contain_text("used by others")
    page.goto("/app/hosts/local")
    rows = page.locator(".host-gpu").first.locator("tbody tr")
    expect(rows.locator(".state")).to_have_text(["Luthier's", "Someone else's", "Not visible"])
    expect(rows.nth(1)).to_contain_text("<b>eve</b>")
    expect(rows.nth(1)).to_contain_text("36 GB")
    expect(page.locator(".host-gpu").nth(1)).to_contain_text("partitioned by MIG")
    expect(page.locator(".host-gpu").nth(1)).to_contain_text("No process is using it.")
    fits()
    axe()


@pytest.mark.parametrize("theme,language,viewport", [
    ("light", "en", DESKTOP), ("dark", "zh", PHONE), ("dark", "en", SMALLEST), ("light", "zh", DESKTOP)])
def test_every_page_of_hosts_keeps_nobody_out(page, admin, sign_in, axe, fits, quiet):
    sign_in(admin)
    page.wait_for_selector(".host-card .meters")
    for path in ("/app/hosts", "/app/hosts/local", "/app/hosts/new"):
        page.goto(path)
        page.wait_for_selector(".host-card, .host-facts, .radio-cards")
        for more in page.locator("details").all():
            more.evaluate("each => { each.open = true }")
        fits()
        axe()


def test_more_hosts_than_a_page_are_gone_through_and_every_one_can_be_chosen(page, admin, sign_in, base_model):
    here = admin.get("/api/hosts")["hosts"][0]
    # Every hundredth answer of a server ends one page: two and a bit of a third.
    crowd = [dict(here, host_id="host-%03d" % n, name="gpu-%03d" % n) for n in range(205)]

    def answer(route):
        query = {name: values[0] for name, values in parse_qs(urlsplit(route.request.url).query).items()}
        names = [each["host_id"] for each in crowd]
        first = names.index(query["after"]) + 1 if "after" in query else 0
        shown = crowd[first:first + int(query.get("limit", 1000))]
        rest = {"next": shown[-1]["host_id"]} if first + len(shown) < len(crowd) else {}
        route.fulfill(json={"hosts": shown, **rest})

    page.route(re.compile(r"/api/hosts(\?.*)?$"), answer)
    sign_in(admin)
    names = page.locator(".host-list h2")
    previous, following = page.get_by_role("button", name="Previous"), page.get_by_role("button", name="Next")
    expect(names).to_have_count(100)
    expect(names.first).to_contain_text("gpu-000")
    expect(previous).to_be_disabled()
    following.click()
    expect(names.first).to_contain_text("gpu-100")
    expect(names).to_have_count(100)
    expect(previous).to_be_enabled()
    following.click()
    expect(names).to_have_count(5)
    expect(names.last).to_contain_text("gpu-204")
    expect(following).to_be_disabled()
    previous.click()
    expect(names.last).to_contain_text("gpu-199")
    previous.click()
    expect(names.first).to_contain_text("gpu-000")
    expect(previous).to_be_disabled()

    # A host of the last page can be trained on.
    page.goto("/app/tasks/new?model=" + base_model)
    place = page.get_by_label("Host", exact=True)
    expect(place.locator("option", has_text="gpu-")).to_have_count(205)
    place.select_option("host-204")
    expect(place).to_have_value("host-204")
