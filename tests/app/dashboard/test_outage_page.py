"""A page opened while the server of the results is away, in a real Chromium."""

import os
import signal

import pytest
from playwright.sync_api import Page

from tests.app.dashboard.pages import open_page
from tests.app.running import Installation
from tests.waiting import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_page_that_never_knew_an_alert_says_so_and_shows_them_once_the_server_is_back(
    page: Page, installation: Installation
) -> None:
    os.kill(installation.server.process_id, signal.SIGKILL)
    wait_until(lambda: not installation.server.is_running, what="the server is gone")
    dashboard = installation.start_dashboard()
    open_page(page, dashboard)
    page.get_by_text("Alerts are unknown").first.wait_for(timeout=30_000)
    page.get_by_text("the server has not answered since").first.wait_for()
    assert "No open alert" not in page.content()
    installation.server.start()
    installation.start_feeder()
    installation.start_watcher()
    page.get_by_text("patient gets out of bed").first.wait_for(timeout=30_000)
    page.get_by_text("Goes on.").first.wait_for()
