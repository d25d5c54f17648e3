"""Pages of followed sources in a real Chromium: what the model says is shown, and silence is said."""

from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect

from tests.app.dashboard.pages import keep_screenshot, open_page
from tests.app.running import Dashboard, Feeder, Installation

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@dataclass(frozen=True)
class Followed:
    page: str
    feeder: str
    source_id: str
    past_seconds: int
    shown: str
    """What the page says of the source."""
    not_yet: str
    """What it says only while it has not taken in the past."""


FOLLOWED = (
    Followed(
        "mobility", "tests/app/mobility/patient_feeder.py", "icu-bed-1", 420, "Last mobilisation", not_yet="none seen"
    ),
    Followed(
        "surgery",
        "tests/app/surgery/operation_feeder.py",
        "theatre-1",
        1500,
        "Gallbladder dissection",
        not_yet="just begun",
    ),
)


@pytest.fixture(scope="module")
def dashboard(installation: Installation) -> Dashboard:
    installation.start_watcher()
    return installation.start_dashboard()


@pytest.mark.parametrize("followed", FOLLOWED, ids=lambda followed: followed.page)
def test_page_shows_what_the_model_says_and_says_when_nobody_answers(
    followed: Followed, page: Page, installation: Installation, dashboard: Dashboard
) -> None:
    feeder = Feeder(installation.start_on_frames(followed.feeder, followed.source_id, str(followed.past_seconds)))
    page.set_viewport_size({"width": 1440, "height": 520})
    open_page(page, dashboard, f"/{followed.page}")
    expect(page.get_by_role("heading", name=followed.source_id)).to_be_visible(timeout=60_000)
    expect(page.get_by_text(followed.shown).first).to_be_visible(timeout=60_000)
    expect(page.get_by_text(followed.not_yet)).to_have_count(0, timeout=60_000)
    expect(page.locator('[data-testid="stVegaLiteChart"]').first).to_be_visible(timeout=60_000)
    expect(page.get_by_text("no answer since")).to_have_count(0, timeout=60_000)
    keep_screenshot(page, followed.page, settle_seconds=3.0)
    feeder.tell("be silent")
    expect(page.get_by_text("no answer since").first).to_be_visible(timeout=60_000)
