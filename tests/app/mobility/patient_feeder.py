"""A process that stands in for a camera at a bed and a worker that follows the patient's mobility.

    python patient_feeder.py BUS_URL FRAMES_URL SOURCE PAST_SECONDS

It publishes the answers of a scene that has lasted so long already, then goes on. A line on standard input makes it
fall silent.
"""

import sys
import threading
import time

import cv2
import numpy as np

from models.mobility import FRAME_RATE_HZ, LABELS, PERSONNEL, PLACES
from models.results import Classification, Measurement, result_to_json
from models.simulation.bedside_people import WatchedBedside
from stream.bus import Bus
from stream.frames.address import open_frame_store
from stream.frames.store import Preview
from stream.keys import RequestStream
from stream.messages import InferenceRequest, InferenceResult, SourceStatus
from stream.queue.leases import Leases
from stream.queue.request_queue import RequestQueue
from stream.queue.status_board import StatusBoard

MODEL, WORKER = "icu_mobility", "feeder"
SCENE_SECONDS = 1500.0
BATCH = 20
"""Few enough that the queue never sheds any."""


class Feeder:
    def __init__(self, bus_url: str, frames_url: str, source_id: str, past_seconds: int) -> None:
        self.bus, self.store = Bus.connect(bus_url), open_frame_store(frames_url)
        self.requests, self.source_id = RequestQueue(self.bus), source_id
        self.epoch = self.requests.start_epoch(source_id)
        self.stream = RequestStream(source_id, MODEL)
        self.scene = WatchedBedside(1021, duration_seconds=SCENE_SECONDS, look="rgb", frame_rate_hz=FRAME_RATE_HZ)
        self.dense = self.scene.dense_truth(rate_hz=FRAME_RATE_HZ)
        self.began_at = time.time() - past_seconds

    def answer(self, steps: range) -> None:
        """Publish what the model says of these steps, as a worker does."""
        Leases(self.bus, WORKER, 6.0).hold([self.stream])
        self.requests.produce([self.request(step) for step in steps])
        for delivery in self.requests.deliver(WORKER, [self.stream], count=100).deliveries:
            self.requests.finish(delivery, self.result(delivery.request))

    def request(self, step: int) -> InferenceRequest:
        seconds = step / FRAME_RATE_HZ
        return InferenceRequest(
            source_id=self.source_id,
            model=MODEL,
            epoch=self.epoch,
            clip_index=step,
            chunk_ids=("0",),
            frame_refs=((0, 0),),
            frame_ids=(step,),
            pts_seconds=(seconds,),
            captured_at=self.began_at + seconds + 0.4,
            produced_at=self.began_at + seconds + 0.4,
            deadline_at=time.time() + 60,
        )

    def result(self, request: InferenceRequest) -> InferenceResult:
        step, dense = request.clip_index, self.dense
        places = [dense.places[step] == index for index in range(len(PLACES))]
        truth = (*dense.activities[step], *places, dense.is_patient_alone[step], dense.is_staff_present[step])
        scores = tuple(0.95 if is_true else 0.02 for is_true in truth)
        people = Measurement(PERSONNEL, float(max(dense.people[step], 0)), "people")
        said = Classification(LABELS, scores, is_multi_label=True, measurements=(people,))
        start = request.pts_seconds[0]
        return InferenceResult(
            source_id=self.source_id,
            model=MODEL,
            epoch=self.epoch,
            clip_index=step,
            result=result_to_json(said),
            start_seconds=start,
            end_seconds=start + 1 / FRAME_RATE_HZ,
            captured_at=request.captured_at,
            produced_at=request.produced_at,
            finished_at=request.captured_at + 0.3,
            worker_id=WORKER,
        )

    def report(self, step: int) -> None:
        now = time.time()
        picture = cv2.cvtColor(self.scene.frame(step), cv2.COLOR_RGB2BGR)
        jpeg = cv2.imencode(".jpg", np.ascontiguousarray(picture))[1].tobytes()
        self.store.put_preview(self.source_id, Preview(jpeg, now, self.epoch, 320, 240, "clear"))
        StatusBoard(self.bus).report_source(
            SourceStatus(
                self.source_id,
                "live",
                epoch=self.epoch,
                frame_rate_hz=FRAME_RATE_HZ,
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
    threading.Thread(target=_fall_silent_on_a_line, args=(is_silent,), daemon=True).start()
    step = 0
    while step < SCENE_SECONDS * FRAME_RATE_HZ:
        due = min(int((time.time() - feeder.began_at) * FRAME_RATE_HZ), step + BATCH)
        if due > step:
            feeder.report(step)
            if not is_silent.is_set():
                feeder.answer(range(step, due))
            step = due
        time.sleep(0.02)


def _fall_silent_on_a_line(is_silent: threading.Event) -> None:
    sys.stdin.readline()
    is_silent.set()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]))
