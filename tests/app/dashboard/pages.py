"""What the tests that open pages in a real Chromium share."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page, sync_playwright

from tests.app.running import Dashboard

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")


@contextmanager
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@contextmanager
def own_page(browser: Browser) -> Iterator[Page]:
    """Give a page that fails the test when it asks any other host for anything, or throws."""
    context = browser.new_context(viewport={"width": 1440, "height": 860}, timezone_id="Europe/Madrid")
    page = context.new_page()
    problems: list[str] = []
    page.on("request", lambda request: problems.append(request.url) if _is_elsewhere(request.url) else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    yield page
    context.close()
    assert not problems


def open_page(page: Page, dashboard: Dashboard, path: str = "/") -> None:
    page.goto(dashboard.url + path, wait_until="domcontentloaded")


def keep_screenshot(page: Page, name: str, *, settle_seconds: float = 0.0) -> None:
    """Keep a picture of the page for whoever wants to look: VIGIL_SCREENSHOTS names the folder."""
    if folder := os.environ.get("VIGIL_SCREENSHOTS"):
        page.wait_for_timeout(1000 * settle_seconds)
        page.screenshot(path=f"{folder}/{name}.png")


def _is_elsewhere(url: str) -> bool:
    return not url.startswith(("http://127.0.0.1:", "ws://127.0.0.1:", "data:", "blob:"))
