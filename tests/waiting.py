"""Waiting for something that happens in another thread or process."""

import time
from collections.abc import Callable
from typing import Any

import pytest


def wait_until(
    condition: Callable[[], Any],
    seconds: float = 20.0,
    what: str | Callable[[], str] = "",
    *,
    despite: type[Exception] | tuple[type[Exception], ...] = (),
) -> float:
    """Return the seconds it took until the condition held; fail when it does not within the time.

    Args:
        condition: is asked again and again.
        seconds: longest wait.
        what: is said of a wait in vain.
        despite: errors by which the condition says that it does not hold yet.
    """
    began = time.monotonic()
    while True:
        try:
            if condition():
                return time.monotonic() - began
        except despite:
            pass
        if time.monotonic() - began > seconds:
            pytest.fail(f"waited {seconds:g} s in vain: {what() if callable(what) else what or condition}")
        time.sleep(0.01)
