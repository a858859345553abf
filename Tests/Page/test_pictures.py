"""Every page in both themes, both languages, on a desktop and a phone: point by point as it was when somebody last looked at it.

`scripts/page-pictures` says how they are renewed. Of a page that differs, `.test/pictures` holds how it was and how it is.
"""

import json
import os

import pytest

from compare_pictures import Reader, difference, keep, png_of, unpack, versions
from conftest import ROOT
from replay import FLAGS, FOLDER, file_of, open_recorded, picture, recorded

SEEN = os.path.join(ROOT, ".test", "pictures")
RECORD = recorded()


@pytest.fixture(scope="session")
def same_drawing():
    """Skips where another browser or another font would draw the pages."""
    with open(os.path.join(FOLDER, "made-with.json"), encoding="utf-8") as file:
        made = json.load(file)
    here = versions()
    other = ["%s %s (here %s)" % (name, version, here.get(name, "none")) for name, version in made.items() if here.get(name) != version]
    if other or os.environ.get("LUTHIER_CHROMIUM"):
        pytest.skip("the pictures were made with " + (", ".join(other) or "Debian's Chromium"))


@pytest.fixture(scope="module")
def browser(launch_browser):
    drawing = launch_browser(args=FLAGS + (["--no-sandbox"] if os.geteuid() == 0 else []))
    yield drawing
    drawing.close()


@pytest.fixture(scope="module")
def reader(browser):
    return Reader(browser)


@pytest.mark.parametrize("viewport", ["desktop", "phone"])
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("person", ["nobody", "ada", "newcomer"])
def test_pages_look_as_they_did(browser, same_drawing, reader, person, language, theme, viewport):
    name_of_file = file_of(person, theme, viewport, language)
    with open(os.path.join(FOLDER, name_of_file), "rb") as file:
        before = unpack(file.read())
    different = []
    context = open_recorded(browser, RECORD, person if person != "nobody" else None, theme, language, viewport)
    for name, path in RECORD["pages"][person]:
        now = reader.read(picture(context, RECORD, path))
        found = difference(before[name], now)
        if found:
            title = "%s-%s-%s-%s" % (name, theme, viewport, language)
            keep(SEEN, title + "-now.png", png_of(now))
            keep(SEEN, title + "-before.png", png_of(before[name]))
            different.append("%s: %s" % (title, found))
    asked = context.asked
    context.close()
    assert asked == [], "not recorded: scripts/page-pictures record"
    assert different == [], "look at .test/pictures; if that is meant: scripts/page-pictures renew\n" + "\n".join(different)
