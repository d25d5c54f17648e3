"""A real Chromium, where it is needed."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page


@pytest.fixture(scope="module")
def browser() -> "Iterator[Browser]":
    from tests.app.dashboard.pages import chromium

    with chromium() as started:
        yield started


@pytest.fixture
def page(browser: "Browser") -> "Iterator[Page]":
    """A page that fails the test when it asks any other host for anything, or throws."""
    from tests.app.dashboard.pages import own_page

    with own_page(browser) as opened:
        yield opened
