"""What stands in for a camera and for the model that follows it: a scene, whose truth is what the model says.

    python A_FEEDER.py BUS_URL FRAMES_URL SOURCE PAST_SECONDS

It publishes the answers of a scene that has lasted so long already, then goes on. A line on standard input makes it
fall silent.
"""

import sys
import threading
import time
from abc import ABC, abstractmethod
from typing import Any, ClassVar

import cv2
import numpy as np

from models.results import Classification, result_to_json
from stream.bus import Bus
from stream.frames.address import open_frame_store
from stream.frames.store import Preview
from stream.keys import RequestStream
from stream.messages import InferenceRequest, InferenceResult, SourceStatus
from stream.queue.leases import Leases
from stream.queue.request_queue import RequestQueue
from stream.queue.status_board import StatusBoard

WORKER = "feeder"
BATCH = 20
"""Few enough that the queue never sheds any."""
WIDTH, HEIGHT = 320, 240


class SceneFeeder(ABC):
    """Plays a scene, `WIDTH` x `HEIGHT`, one answer a step."""

    model: ClassVar[str]
    rate_hz: ClassVar[float]
    """Steps a second, each with a frame and an answer."""

    def __init__(self, scene: Any, duration_seconds: float) -> None:
        self.scene, self.num_steps = scene, int(duration_seconds * self.rate_hz)

    @abstractmethod
    def says(self, step: int) -> Classification:
        """Return what the model says of a step."""

    def run(self, bus_url: str, frames_url: str, source_id: str, past_seconds: str) -> None:
        self.bus, self.store = Bus.connect(bus_url), open_frame_store(frames_url)
        self.requests, self.source_id = RequestQueue(self.bus), source_id
        self.epoch = self.requests.start_epoch(source_id)
        self.began_at = time.time() - float(past_seconds)
        is_silent = threading.Event()
        threading.Thread(target=_set_on_a_line, args=(is_silent,), daemon=True).start()
        step = 0
        while step < self.num_steps:
            now = int((time.time() - self.began_at) * self.rate_hz)
            due = min(now, step + BATCH)
            if due > step:
                if step == 0 or due == now:  # pictures of the past would only hold it up
                    self.report(step)
                if not is_silent.is_set():
                    self.answer(range(step, due))
                step = due
            time.sleep(0.02)

    def answer(self, steps: range) -> None:
        """Publish what the model says of these steps, as a worker does."""
        stream = RequestStream(self.source_id, self.model)
        Leases(self.bus, WORKER, 6.0).hold([stream])
        self.requests.produce([self.request(step) for step in steps])
        for delivery in self.requests.deliver(WORKER, [stream], count=100).deliveries:
            self.requests.finish(delivery, self.result(delivery.request))

    def request(self, step: int) -> InferenceRequest:
        captured_at = self.began_at + (step + 1) / self.rate_hz
        return InferenceRequest(
            source_id=self.source_id,
            model=self.model,
            epoch=self.epoch,
            clip_index=step,
            chunk_ids=("0",),
            frame_refs=((0, 0),),
            frame_ids=(step,),
            pts_seconds=(step / self.rate_hz,),
            captured_at=captured_at,
            produced_at=captured_at,
            deadline_at=time.time() + 60,
        )

    def result(self, request: InferenceRequest) -> InferenceResult:
        start = request.pts_seconds[0]
        return InferenceResult(
            source_id=self.source_id,
            model=self.model,
            epoch=self.epoch,
            clip_index=request.clip_index,
            result=result_to_json(self.says(request.clip_index)),
            start_seconds=start,
            end_seconds=start + 1 / self.rate_hz,
            captured_at=request.captured_at,
            produced_at=request.produced_at,
            finished_at=request.captured_at + 0.3,
            worker_id=WORKER,
        )

    def report(self, step: int) -> None:
        """Show the frame of a step, and say that the source is live."""
        now = time.time()
        picture = cv2.cvtColor(self.scene.frame(step), cv2.COLOR_RGB2BGR)
        jpeg = cv2.imencode(".jpg", np.ascontiguousarray(picture))[1].tobytes()
        self.store.put_preview(self.source_id, Preview(jpeg, now, self.epoch, WIDTH, HEIGHT, "clear"))
        StatusBoard(self.bus).report_source(
            SourceStatus(
                self.source_id,
                "live",
                epoch=self.epoch,
                frame_rate_hz=self.rate_hz,
                width=WIDTH,
                height=HEIGHT,
                codec="h264",
                last_frame_at=now,
                changed_at=self.began_at,
                reported_at=now,
            )
        )


def _set_on_a_line(event: threading.Event) -> None:
    sys.stdin.readline()
    event.set()
