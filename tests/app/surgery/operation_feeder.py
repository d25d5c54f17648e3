"""A process that stands in for a camera in a theatre and a worker that recognises its phases.

    python operation_feeder.py BUS_URL FRAMES_URL SOURCE PAST_SECONDS

It publishes the answers of an operation that has lasted so long already, then one a second. A line on standard input
makes it fall silent.
"""

import sys
import threading
import time

import cv2
import numpy as np

from models.results import Classification, Measurement, result_to_json
from models.simulation.surgery.operation import SurgeryScene
from models.surgical_phases import PHASES, TIME_LEFT
from stream.bus import Bus
from stream.frames.address import open_frame_store
from stream.frames.store import Preview
from stream.keys import RequestStream
from stream.messages import InferenceRequest, InferenceResult, SourceStatus
from stream.queue.leases import Leases
from stream.queue.request_queue import RequestQueue
from stream.queue.status_board import StatusBoard

MODEL, WORKER = "surgical_phase", "feeder"
OPERATION_SECONDS = 3000.0
BATCH = 20
"""Few enough that the queue never sheds any."""


class Feeder:
    def __init__(self, bus_url: str, frames_url: str, source_id: str, past_seconds: int) -> None:
        self.bus, self.store = Bus.connect(bus_url), open_frame_store(frames_url)
        self.requests, self.source_id = RequestQueue(self.bus), source_id
        self.epoch = self.requests.start_epoch(source_id)
        self.stream = RequestStream(source_id, MODEL)
        self.scene = SurgeryScene(2, duration_seconds=OPERATION_SECONDS, height=240, width=320)
        self.began_at = time.time() - past_seconds

    def answer(self, seconds: range) -> None:
        """Publish what the model says of these seconds, as a worker does."""
        Leases(self.bus, WORKER, 6.0).hold([self.stream])
        self.requests.produce([self.request(second) for second in seconds])
        for delivery in self.requests.deliver(WORKER, [self.stream], count=100).deliveries:
            self.requests.finish(delivery, self.result(delivery.request))

    def request(self, second: int) -> InferenceRequest:
        return InferenceRequest(
            source_id=self.source_id,
            model=MODEL,
            epoch=self.epoch,
            clip_index=second,
            chunk_ids=("0",),
            frame_refs=((0, 0),),
            frame_ids=(second,),
            pts_seconds=(float(second),),
            captured_at=self.began_at + second + 1,
            produced_at=self.began_at + second + 1,
            deadline_at=time.time() + 60,
        )

    def result(self, request: InferenceRequest) -> InferenceResult:
        second = request.pts_seconds[0]
        phase = self.scene.truth.phase_at(second)
        scores = tuple(0.94 if name == phase else 0.01 for name in PHASES)
        end = next(span.end_seconds for span in self.scene.truth.phases if second < span.end_seconds)
        left = end - second
        measured = Measurement(TIME_LEFT, left, "s", (0.6 * left, 1.7 * left))
        said = Classification(PHASES, scores, measurements=(measured,))
        return InferenceResult(
            source_id=self.source_id,
            model=MODEL,
            epoch=self.epoch,
            clip_index=request.clip_index,
            result=result_to_json(said),
            start_seconds=second,
            end_seconds=second + 1,
            captured_at=request.captured_at,
            produced_at=request.produced_at,
            finished_at=request.captured_at + 0.3,
            worker_id=WORKER,
        )

    def report(self, second: int) -> None:
        now = time.time()
        picture = cv2.cvtColor(self.scene.frame(second), cv2.COLOR_RGB2BGR)
        jpeg = cv2.imencode(".jpg", np.ascontiguousarray(picture))[1].tobytes()
        self.store.put_preview(self.source_id, Preview(jpeg, now, self.epoch, 320, 240, "clear"))
        StatusBoard(self.bus).report_source(
            SourceStatus(
                self.source_id,
                "live",
                epoch=self.epoch,
                frame_rate_hz=1.0,
                width=320,
                height=240,
                codec="h264",
                last_frame_at=now,
                changed_at=self.began_at,
                reported_at=now,
            )
        )


def main(bus_url: str, frames_url: str, source_id: str, past_seconds: int) -> None:
    feeder = Feeder(bus_url, frames_url, source_id, past_seconds)
    is_silent = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.readline(), is_silent.set()), daemon=True).start()
    second = 0
    while second < OPERATION_SECONDS:
        due = min(int(time.time() - feeder.began_at), second + BATCH)
        if due > second:
            feeder.report(second)
            if not is_silent.is_set():
                feeder.answer(range(second, due))
            second = due
        time.sleep(0.02)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))
