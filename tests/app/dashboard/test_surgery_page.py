"""The surgery page in a real Chromium: phase, times and ribbon are shown, and silence is said."""

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect, sync_playwright

from tests.app.running import Installation

pytestmark = [pytest.mark.browser, pytest.mark.slow]

CHROMIUM = "/usr/bin/chromium"
PAST_SECONDS = 1500


@pytest.fixture
def page() -> Iterator[Page]:
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        context = chromium.new_context(viewport={"width": 1440, "height": 430}, timezone_id="Europe/Madrid")
        yield context.new_page()
        chromium.close()


def test_page_shows_the_phase_of_an_operation_and_says_when_nobody_answers(
    page: Page, installation: Installation
) -> None:
    feeder = installation.start(
        "tests/app/surgery/operation_feeder.py",
        installation.bus_url,
        installation.frames_url,
        "theatre-1",
        str(PAST_SECONDS),
    )
    installation.start_watcher()
    dashboard = installation.start_dashboard()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(f"{dashboard.url}/surgery", wait_until="domcontentloaded")
    expect(page.get_by_role("heading", name="theatre-1")).to_be_visible(timeout=60_000)
    expect(page.get_by_text("Gallbladder dissection").first).to_be_visible(timeout=60_000)
    expect(page.get_by_text("just begun")).to_have_count(0, timeout=60_000)
    expect(page.locator('[data-testid="stVegaLiteChart"]').first).to_be_visible()
    if folder := os.environ.get("VIGIL_SCREENSHOTS"):
        expect(page.get_by_text("no answer since")).to_have_count(0, timeout=30_000)
        page.wait_for_timeout(3000)
        page.screenshot(path=f"{folder}/surgery.png")
    assert feeder.stdin is not None
    feeder.stdin.write("\n")
    feeder.stdin.flush()
    expect(page.get_by_text("no answer since").first).to_be_visible(timeout=60_000)
    assert not problems
