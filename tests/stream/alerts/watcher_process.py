"""The watcher as a process, to be killed: python -m tests.stream.alerts.watcher_process BUS_URL LEDGER."""

import signal
import sys
import threading
from pathlib import Path

from stream.alerts.rules import load_rules
from stream.bus import Bus
from stream.logs import configure_logging
from stream.settings import WatchSettings
from stream.watcher import run_watcher
from tests.stream.alerts.ward import MODEL, SPEC

if __name__ == "__main__":
    configure_logging("watcher")
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    run_watcher(
        Bus.connect(sys.argv[1]),
        ledger_path=Path(sys.argv[2]),
        rules=load_rules(),
        settings=WatchSettings(retry_seconds=(0.5, 1, 2, 4)),
        event_specs={MODEL: SPEC},
        stop=stop,
    )
