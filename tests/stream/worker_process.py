"""A worker as a process of its own, to be killed: `python -m tests.stream.worker_process URL FRAMES ID KIND ...`."""

import argparse
import logging
import signal
import threading
from pathlib import Path

from models.predictor import Predictor
from stream.bus import Bus
from stream.frames.files import FileFrameStore
from stream.settings import WorkerSettings
from stream.tied_process import end_with_parent
from stream.worker import run_worker
from tests.stream.small_predictors import KINDS


def main() -> None:
    parser = argparse.ArgumentParser()
    for name in ("url", "frames", "worker_id", "kind"):
        parser.add_argument(name)
    parser.add_argument("--parent", type=int, required=True)
    parser.add_argument("--seconds-per-clip", type=float, default=0.0)
    parser.add_argument("--lease-seconds", type=float, default=1.0)
    options = parser.parse_args()
    end_with_parent(options.parent, signal.SIGKILL)
    logging.basicConfig(level=logging.INFO, format=f"%(asctime)s {options.worker_id} %(levelname)s %(message)s")
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    run_worker(
        Bus.connect(options.url),
        FileFrameStore(Path(options.frames)),
        [_predictor(options)],
        worker_id=options.worker_id,
        settings=WorkerSettings(
            lease_seconds=options.lease_seconds, max_wait_seconds=0.02, max_backlog_clips=100_000, deadline_seconds=60
        ),
        stop=stop,
    )


def _predictor(options: argparse.Namespace) -> Predictor:
    if options.kind == "streamed":
        from tests.stream.streamed import streamed_classifier

        return streamed_classifier()
    return KINDS[options.kind]("brightness", seconds_per_clip=options.seconds_per_clip)


if __name__ == "__main__":
    main()
