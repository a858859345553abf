"""Every recorded page, in both themes and languages, keeps nobody out."""

import pytest

from conftest import look_over
from replay import recorded

PAGES = [name for pages in recorded()["pages"].values() for name, _ in pages]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("viewport", ["desktop", "phone"])
def test_every_page_keeps_nobody_out(recorded_page, theme, language, viewport):
    for name in PAGES:
        page = recorded_page(name, theme, language, viewport)
        # A model's headings begin where it likes.
        look_over(page, **({"rules": {"heading-order": {"enabled": False}}} if name == "chat" else {}))
        assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0, name
