"""What the tests of the web page share: the real program, its users, and Debian's Chromium.

Options: --headed and the others of pytest-playwright. LUTHIER_PROGRAM names another build, LUTHIER_TRAINER a trainer,
LUTHIER_CHROMIUM another browser.
"""

import os
import sys
import uuid

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "Tests", "EndToEnd"))

from client import member  # noqa: E402
from server import Server  # noqa: E402
from training import submit, wait_for_end  # noqa: E402

# A machine that does other things too takes its time; what is there sooner is seen sooner.
expect.set_options(timeout=20_000)

PHONE = {"width": 390, "height": 844}
SMALLEST = {"width": 360, "height": 640}
DESKTOP = {"width": 1280, "height": 800}


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    """Debian's Chromium; as root it has no sandbox."""
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    return {
        **browser_type_launch_args, "args": arguments,
        "executable_path": os.environ.get("LUTHIER_CHROMIUM", "/usr/bin/chromium"),
    }


@pytest.fixture(scope="session")
def make_server(tmp_path_factory):
    """Makes servers with data of their own, and ends them at the end."""
    program = os.environ.get("LUTHIER_PROGRAM") or os.path.join(ROOT, ".build", "debug", "luthier")
    assert os.access(program, os.X_OK), "build the program first: make build"
    trainer = os.environ.get("LUTHIER_TRAINER") or os.path.join(ROOT, ".trainer")
    models = os.path.dirname(os.environ.get("LUTHIER_TINY_BASE") or os.path.join(ROOT, ".test", "tiny-base"))
    made = []

    def make(**settings):
        made.append(Server(program, str(tmp_path_factory.mktemp("data")), trainer, models, settings))
        return made[-1].start()

    yield make
    for server in made:
        server.stop()


@pytest.fixture(scope="session")
def server(make_server):
    return make_server()


@pytest.fixture(scope="session")
def base_url(server):
    """So that page.goto("/app") goes to the server."""
    return server.url


@pytest.fixture
def user(server):
    """A user of their own for each test: their client, as the end-to-end tests have it."""
    return member(server.url, "u" + uuid.uuid4().hex[:12])


@pytest.fixture
def theme():
    """`light` or `dark`; a test asks for another by parametrize."""
    return "light"


@pytest.fixture
def language():
    """`en` or `zh`."""
    return "en"


@pytest.fixture
def viewport():
    """DESKTOP, PHONE or SMALLEST."""
    return DESKTOP


@pytest.fixture
def browser_context_args(browser_context_args, server, theme, language, viewport):
    return {
        # A module may have a server of its own; what is made once for all would keep the first one's address.
        **browser_context_args, "base_url": server.url, "viewport": viewport, "color_scheme": theme,
        "locale": "zh-CN" if language == "zh" else "en-GB", "reduced_motion": "reduce",
    }


#: A console may say less of a break of the policy than the event does.
BROKEN_POLICY = """document.addEventListener("securitypolicyviolation", ({ effectiveDirective, blockedURI, sample }) =>
  console.error("the policy was broken:", effectiveDirective, blockedURI, sample));"""


@pytest.fixture
def quiet(page, server):
    """Fails the test that wrote to the console, broke the content policy, threw, or asked another host.

    A test that expects a failing request names its end in the list that this gives: `quiet.append("/api/auth/login")`.
    """
    said, elsewhere, expected = [], [], []
    page.on("console", lambda message: said.append((message.type, message.text, message.location.get("url", "")))
            if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: said.append(("error", str(error), "")))
    page.add_init_script(BROKEN_POLICY)
    page.on("request", lambda request: elsewhere.append(request.url)
            if not request.url.startswith((server.url + "/", "data:", "blob:")) else None)
    yield expected
    # An answer that a test is still making up goes to nobody now.
    page.unroute_all(behavior="ignoreErrors")
    assert [entry for entry in said if not entry[2].endswith(tuple(expected) or ("\0",))] == []
    assert elsewhere == []


def look_over(page, **options):
    """Fails where something keeps people out (WCAG 2.2 A and AA, and axe's best practices)."""
    found = Axe().run(page, options=options or None).response["violations"]
    assert found == [], "\n".join(
        "%s: %s\n  %s" % (each["id"], each["help"], "\n  ".join(node["html"] for node in each["nodes"][:5]))
        for each in found)


@pytest.fixture
def axe(page):
    """Looks the page over, as `look_over` does."""
    return lambda **options: look_over(page, **options)


@pytest.fixture
def fits(page):
    """Nothing is wider than the window."""

    def check():
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, "the page is %d px wider than the window" % wide

    return check


@pytest.fixture
def enter(page, user):
    """Opens a path as the test's user, who has signed in before."""

    def go(path, person=user, wait="h1", until="load"):
        page.add_init_script("localStorage.setItem('luthier.token', %r)" % person.token)
        page.goto(path, wait_until=until)
        page.wait_for_selector(wait)

    return go


@pytest.fixture
def recorded_page(browser):
    """Opens one of the recorded pages by its name, as who it was recorded for.

    `changes`: answers that differ from the record, each by the end of its request (`GET /api/tasks?limit=500`, or the path alone where
    there is one such), as a function that changes the answer or, where nothing was recorded, as the answer itself.
    """
    from replay import ORIGIN, changed, open_recorded, recorded, settle

    record, contexts = recorded(), []

    def go(name, theme="light", language="en", viewport="desktop", changes=None):
        person, path = next((person, path) for person, pages in record["pages"].items() for each, path in pages if each == name)
        contexts.append(open_recorded(browser, changed(record, person, changes or {}), person if person != "nobody" else None, theme, language, viewport))
        page = contexts[-1].new_page()
        page.clock.set_fixed_time(record["now"] / 1000)
        page.goto(ORIGIN + path)
        settle(page)
        return page

    yield go
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def identity():
    with open(os.path.join(ROOT, "examples", "identity.json"), "rb") as file:
        return file.read()


@pytest.fixture(scope="session")
def base_model():
    return os.environ.get("LUTHIER_TINY_BASE") or os.path.join(ROOT, ".test", "tiny-base")


#: The one training of the session, by whoever did it first.
_trained = {}


@pytest.fixture(scope="session")
def remember_training():
    """Takes (user, task id) of a training that has completed, so that no other is needed."""
    return lambda user, task_id: _trained.update(user=user, task_id=task_id)


@pytest.fixture
def trained(server, identity, base_model):
    """A user with a completed training: (user, task)."""
    if not _trained:
        user = member(server.url, "u" + uuid.uuid4().hex[:12])
        task_id = submit(user, base_model, user.upload("identity.json", identity), name="trained", epochs=2,
                         arguments={"logging_steps": 1})
        assert wait_for_end(user, task_id)["status"] == "completed"
        _trained.update(user=user, task_id=task_id)
    user = _trained["user"]
    return user, user.get("/api/tasks/" + _trained["task_id"])
