"""Every page in both themes, both languages, on a desktop and a phone: point by point as it was when somebody last looked at it.

`scripts/page-pictures` says how they are renewed. Of a page that differs, `.test/pictures` holds how it was and how it is.
"""

import json
import os

import pytest

from compare_pictures import Reader, difference, keep, png_of, unpack, versions
from conftest import ROOT
from replay import FOLDER, file_of, open_recorded, picture, recorded

SEEN = os.path.join(ROOT, ".test", "pictures")
RECORD = recorded()
RETAKES = 3
#: Points that a letter's edge may be drawn otherwise by.
LITTLE = 8


@pytest.fixture(scope="session")
def same_drawing():
    """Skips where another browser or another font would draw the pages."""
    with open(os.path.join(FOLDER, "made-with.json"), encoding="utf-8") as file:
        made = json.load(file)
    here = versions()
    other = ["%s %s (here %s)" % (name, version, here.get(name, "none")) for name, version in made.items() if here.get(name) != version]
    if other or os.environ.get("LUTHIER_CHROMIUM"):
        pytest.skip("the pictures were made with " + (", ".join(other) or "Debian's Chromium"))


def is_little(found):
    """Whether what `difference` found may be a letter's edge, and no more."""
    words = (found or "").split()
    return len(words) > 1 and words[1] == "points," and int(words[0]) <= LITTLE


@pytest.fixture(scope="session")
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
    who, different, asked = person if person != "nobody" else None, [], []

    def taken(*paths):
        context = open_recorded(browser, RECORD, who, theme, language, viewport)
        try:
            return [reader.read(picture(context, RECORD, path)) for path in paths]
        finally:
            asked.extend(context.asked)
            context.close()

    pages = RECORD["pages"][person]
    for (name, path), now in zip(pages, taken(*[path for _, path in pages])):
        # Now and then Chromium draws two points of a letter's edge otherwise: a page that differs by so little is taken
        # again. One that differs by more has changed, also when it does so only now and then.
        for _ in range(RETAKES):
            if not is_little(difference(before[name], now)):
                break
            now, = taken(path)
        found = difference(before[name], now)
        if found:
            title = "%s-%s-%s-%s" % (name, theme, viewport, language)
            keep(SEEN, title + "-now.png", png_of(now))
            keep(SEEN, title + "-before.png", png_of(before[name]))
            different.append("%s: %s" % (title, found))
    assert asked == [], "not recorded: scripts/page-pictures record"
    assert different == [], "look at .test/pictures; if that is meant: scripts/page-pictures renew\n" + "\n".join(different)
