"""Looking at one page as a picky designer does: both screens, both themes, a very narrow window, and axe-core.

With PICTURES=1 in the environment a picture of every state is kept as well, in build/screenshots: proof of nothing, and
a fifth of the work of all journeys.
"""

import os
from base64 import b64decode
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

PICTURES = Path(__file__).parents[2] / "build" / "screenshots"
WITH_PICTURES = os.environ.get("PICTURES", "") not in ("", "0")
SCREENS = ((1280, 900), (390, 844))
THEMES = ("light", "dark")
OF_PAGES_ALONE = ("landmark-one-main", "page-has-heading-one", "region")
TALLEST = 4000
ABOUT_COLOURS = ("color-contrast", "link-in-text-block")
"""The rules of axe that look at colours; all others read the same markup in either theme."""
LIKE_TWO_OTHERS = (390, "dark")  # its colours are those of 1280 dark, its layout that of 390 light
NARROW = 320
"""CSS pixels: the narrowest phone, and a window of 1280 at 400 % zoom (WCAG 2.2, 1.4.10)."""

_AXE = Axe()
_RUN_AXE = """only => {
  const options = {resultTypes: ["violations"], iframes: false, preload: false};
  return axe.run(only ? {...options, runOnly: only} : options).then(found => found.violations);
}"""
_SETTLED = """() => document.fonts.ready.then(() => new Promise(done => {
  requestAnimationFrame(() => requestAnimationFrame(done));
  setTimeout(done, 500);  // a page that is being left draws no frame
}))"""
"""Fonts are there, and two frames were drawn since the theme changed."""
_TOO_WIDE = """() => {
  const wide = document.documentElement.scrollWidth > document.documentElement.clientWidth;
  if (!wide) return [];
  const beyond = e => Math.max(e.getBoundingClientRect().right - innerWidth, -e.getBoundingClientRect().left) > 1;
  return [...document.body.querySelectorAll("*")].filter(beyond).slice(0, 5)
    .map(e => `${e.tagName} ${e.className}: ${e.textContent.trim().slice(0, 40)}`).concat("too wide");
}"""


def inspect(page: Page, state: str, *, is_mail: bool = False) -> None:
    """Hold this page state to axe and to 320 pixels, and keep its pictures if wanted; the page is left as it was.

    A mail stands inside a page of its reader's: it has no landmarks and no first heading.
    """
    size = page.viewport_size
    problems = []
    for width, height in SCREENS:
        page.set_viewport_size({"width": width, "height": height})
        for theme in THEMES:
            is_checked = (width, theme) != LIKE_TWO_OTHERS
            if not (is_checked or WITH_PICTURES):
                continue
            page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
            page.evaluate(_SETTLED)
            if is_checked:
                problems += [
                    f"{width} {theme} {problem}"
                    for problem in lasting_violations(page, only=ABOUT_COLOURS if theme == "dark" else ())
                    if not (is_mail and problem.startswith(OF_PAGES_ALONE))
                ]
            if WITH_PICTURES:
                picture(page, PICTURES / f"{state}-{width}-{theme}.png")
    problems += too_wide(page)
    page.emulate_media(color_scheme="light")
    assert size
    page.set_viewport_size(size)
    assert problems == [], "\n".join(problems)


def picture(page: Page, path: Path) -> None:
    """The page from its top, as far down as anybody looks at a picture; packed quickly rather than tightly."""
    height = page.evaluate("document.documentElement.scrollHeight")
    seen = {"x": 0, "y": 0, "width": page.viewport_size["width"], "height": min(height, TALLEST), "scale": 1}  # type: ignore[index]
    session = page.context.new_cdp_session(page)
    taken = session.send(
        "Page.captureScreenshot", {"optimizeForSpeed": True, "captureBeyondViewport": True, "clip": seen}
    )
    session.detach()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b64decode(taken["data"]))


def lasting_violations(page: Page, *, only: Sequence[str] = ()) -> list[str]:
    """``violations`` that a second look finds as well: once in some thousand looks Chromium had all links of a page in
    the colours of the theme before."""
    if not violations(page, only=only):
        return []
    page.evaluate(_SETTLED)
    return violations(page, only=only)


def violations(page: Page, *, only: Sequence[str] = ()) -> list[str]:
    """What axe-core finds on the page, by all its rules or ``only`` these, one line for each broken rule."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(_AXE.axe_script)
    found: list[dict[str, Any]] = page.evaluate(_RUN_AXE, list(only) or None)
    return [
        f"{rule['id']}: {[(node['html'][:120], node['failureSummary']) for node in rule['nodes']]}" for rule in found
    ]


def too_wide(page: Page) -> list[str]:
    """What sticks out sideways in the narrowest window."""
    page.set_viewport_size({"width": NARROW, "height": 700})
    found: list[str] = page.evaluate(_TOO_WIDE)
    return [f"at {NARROW} px: {line}" for line in found]
