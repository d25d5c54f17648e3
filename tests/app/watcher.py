"""A process with a real watcher: `python watcher.py BUS_URL LEDGER`."""

import signal
import sys
import threading
from pathlib import Path

from models.mobility import ACTIVITIES, LABELS
from models.predictor import EventSpec
from models.surgical_phases import PHASES
from stream.alerts.rules import load_rules
from stream.bus import Bus
from stream.settings import WatchSettings
from stream.watcher import run_watcher

SPEC = EventSpec(labels=("out_of_bed", "into_chair"), enter_score=0.5, leave_score=0.3)
MOBILITY_SPEC = EventSpec(LABELS, enter_score=0.5, leave_score=0.3, counted_labels=ACTIVITIES)
PHASES_SPEC = EventSpec(labels=PHASES, enter_score=0.5, leave_score=0.4, votes=2, window=3)

if __name__ == "__main__":
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    run_watcher(
        Bus.connect(sys.argv[1]),
        ledger_path=Path(sys.argv[2]),
        rules=load_rules(),
        settings=WatchSettings(),
        event_specs={"bedside_i3d": SPEC, "icu_mobility": MOBILITY_SPEC, "surgical_phase": PHASES_SPEC},
        stop=stop,
    )
