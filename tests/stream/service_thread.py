"""Runs a service in a thread of the test's own process."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

SECONDS_TO_END = 15.0


@contextmanager
def service_thread(service: Callable[..., Any], *arguments: Any, **options: Any) -> Iterator[threading.Event]:
    """Run a service until the block ends, or until the event is set; its exception, if any, is raised here.

    Args:
        service: takes `stop`, the event that ends it.
        arguments: for it.
        options: for it.
    """
    stop = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        ended = pool.submit(service, *arguments, **options, stop=stop)
        try:
            yield stop
        finally:
            stop.set()
            ended.result(timeout=SECONDS_TO_END)
