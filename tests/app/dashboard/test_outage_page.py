"""A page opened while the server of the results is away, in a real Chromium."""

import os
import signal

import pytest
from playwright.sync_api import sync_playwright

from tests.app.dashboard.test_live_page import CHROMIUM
from tests.waiting import wait_until
from tests.app.running import Installation

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_page_that_never_knew_an_alert_says_so_and_shows_them_once_the_server_is_back(
    installation: Installation,
) -> None:
    os.kill(installation.server.process_id, signal.SIGKILL)
    wait_until(lambda: not installation.server.is_running, what="the server is gone")
    dashboard = installation.start_dashboard()
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        page = browser.new_page()
        page.goto(dashboard.url, wait_until="domcontentloaded")
        page.get_by_text("Alerts are unknown").first.wait_for(timeout=30_000)
        page.get_by_text("the server has not answered since").first.wait_for()
        assert "No open alert" not in page.content()
        installation.server.start()
        installation.start_feeder()
        installation.start_watcher()
        page.get_by_text("patient gets out of bed").first.wait_for(timeout=30_000)
        page.get_by_text("Goes on.").first.wait_for()
        browser.close()
