"""A process that stands in for ingesters and a worker: moving previews, statuses, clips and their results.

    python feeder.py BUS_URL FRAMES_URL SOURCE=LABEL ...

Lines on standard input: `silence SOURCE` (its ingester is gone), `stall SOURCE` (it says that it stalled),
`label SOURCE TEXT` (what the model says of it).
"""

import math
import queue
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field

import cv2
import numpy as np

from models.results import Classification, Motion, Result, result_to_json
from stream.bus import Bus
from stream.errors import BrokerUnavailable
from stream.frames.address import open_frame_store
from stream.frames.store import FrameStore, Preview
from stream.keys import RequestStream
from stream.messages import InferenceRequest, InferenceResult, SourceStatus, WorkerStatus
from stream.queue.account import Account
from stream.queue.leases import Leases
from stream.queue.request_queue import RequestQueue
from stream.queue.status_board import StatusBoard

WIDTH, HEIGHT = 480, 270
RATE_HZ = 8.0
WORKER = "feeder"
MODELS = ("bedside_i3d", "optical_flow")


@dataclass
class FedSource:
    source_id: str
    label: str
    epoch: int
    state: str = "live"
    is_silent: bool = False
    clip_index: int = 0
    last_frame_at: float = 0.0
    changed_at: float = field(default_factory=time.time)

    @property
    def privacy(self) -> str:
        return "clear" if self.source_id.startswith("echo") else "pixelated"


def main(bus_url: str, frames_url: str, named: list[str]) -> None:
    bus, store = Bus.connect(bus_url), open_frame_store(frames_url)
    requests = RequestQueue(bus)
    sources = {}
    for argument in named:
        source_id, _, label = argument.partition("=")
        sources[source_id] = FedSource(source_id, label, requests.start_epoch(source_id))
    commands: queue.Queue[str] = queue.Queue()
    threading.Thread(target=lambda: [commands.put(line) for line in sys.stdin], daemon=True).start()
    tick = 0
    while True:
        while not commands.empty():
            obey(commands.get().strip(), sources)
        if tick % 4 == 0:
            with suppress(BrokerUnavailable):
                report(bus, sources)
                score(bus, requests, sources)
        for source in sources.values():
            if source.state == "live" and not source.is_silent:
                put_picture(store, source)
        tick += 1
        time.sleep(1 / RATE_HZ)


def obey(command: str, sources: dict[str, FedSource]) -> None:
    word, source_id, *rest = command.split(" ", 2)
    source = sources[source_id]
    if word == "silence":
        source.is_silent = True
    elif word == "stall":
        source.state, source.changed_at = "stalled", time.time()
    elif word == "label":
        source.label = rest[0]


def put_picture(store: FrameStore, source: FedSource) -> None:
    now = time.time()
    picture = scene(source, now)
    jpeg = cv2.imencode(".jpg", picture)[1].tobytes()
    source.last_frame_at = now
    store.put_preview(source.source_id, Preview(jpeg, now, source.epoch, WIDTH, HEIGHT, source.privacy))


def scene(source: FedSource, now: float) -> np.ndarray:
    """A room with somebody walking through it; an echo sector for echo sources."""
    seed = sum(source.source_id.encode())
    picture = np.full((HEIGHT, WIDTH, 3), (70 + seed % 30, 62, 56), np.uint8)
    if source.privacy == "clear":
        picture[:] = 6
        swing = 18 * math.sin(now * 6)
        for index in range(14):
            radius = 40 + 15 * index + swing * math.sin(index)
            cv2.ellipse(picture, (WIDTH // 2, 10), (int(radius), int(radius)), 0, 55, 125, (90 + 8 * index,) * 3, 4)
        return picture
    cv2.rectangle(picture, (0, 180), (WIDTH, HEIGHT), (96, 92, 88), -1)
    cv2.rectangle(picture, (60, 120), (230, 205), (176, 168, 158), -1)
    cv2.rectangle(picture, (60, 108), (100, 205), (140, 130, 122), -1)
    x = int(WIDTH / 2 + (WIDTH / 2 - 60) * math.sin(now * 0.9 + seed))
    cv2.ellipse(picture, (x, 170), (26, 60), 0, 0, 360, (150, 120, 70), -1)
    cv2.circle(picture, (x, 100), 20, (150, 180, 215), -1)
    small = cv2.resize(picture, (40, 23), interpolation=cv2.INTER_AREA)
    return cv2.resize(small, (WIDTH, HEIGHT), interpolation=cv2.INTER_NEAREST)


def report(bus: Bus, sources: dict[str, FedSource]) -> None:
    board, account, now = StatusBoard(bus), Account(bus), time.time()
    for source in sources.values():
        if source.is_silent:
            continue
        board.report_source(
            SourceStatus(
                source.source_id,
                source.state,  # type: ignore[arg-type]
                reason="" if source.state == "live" else "the camera fell silent",
                epoch=source.epoch,
                frame_rate_hz=RATE_HZ,
                width=1280,
                height=720,
                codec="h264",
                last_frame_at=source.last_frame_at or None,
                changed_at=source.changed_at,
                reported_at=now,
            )
        )
        account.add_frames(source.source_id, decoded=12, published=8, dropped={"not_sampled": 4})
    num_scored = sum(source.clip_index for source in sources.values())
    board.report_worker(
        WorkerStatus(
            WORKER,
            host="here",
            process_id=1,
            device="cpu",
            models=MODELS,
            sources=tuple(sources),
            clips_scored=num_scored,
            batch_fill=0.75,
            predict_ms=41.0,
            started_at=now,
            reported_at=now,
        )
    )


def score(bus: Bus, requests: RequestQueue, sources: dict[str, FedSource]) -> None:
    now = time.time()
    clips = []
    for source in sources.values():
        if source.state != "live" or source.is_silent:
            continue
        clips += [make_request(source, model, now) for model in MODELS]
        source.clip_index += 1
    requests.produce(clips)
    streams = [RequestStream(clip.source_id, clip.model) for clip in clips]
    Leases(bus, WORKER, 6.0).hold(streams)
    for delivery in requests.deliver(WORKER, streams, count=100).deliveries:
        request = delivery.request
        requests.finish(delivery, make_result(request, sources[request.source_id].label))


def make_request(source: FedSource, model: str, now: float) -> InferenceRequest:
    pts = (source.clip_index * 0.5, source.clip_index * 0.5 + 0.5)
    return InferenceRequest(
        source_id=source.source_id,
        model=model,
        epoch=source.epoch,
        clip_index=source.clip_index,
        chunk_ids=("0",),
        frame_refs=((0, 0), (0, 1)),
        frame_ids=(0, 1),
        pts_seconds=pts,
        captured_at=now,
        produced_at=now,
        deadline_at=now + 10,
    )


def make_result(request: InferenceRequest, label: str) -> InferenceResult:
    score = 0.9 + 0.09 * math.sin(request.clip_index)
    result: Result = Classification((label, "none"), (score, 1 - score))
    if request.model == "optical_flow":
        result = Motion(mean_speed=14.0, peak_speed=80.0, mean_velocity=(1.0, 0.0), moving_fraction=0.12)
    return InferenceResult(
        source_id=request.source_id,
        model=request.model,
        epoch=request.epoch,
        clip_index=request.clip_index,
        result=result_to_json(result),
        start_seconds=request.pts_seconds[0],
        end_seconds=request.pts_seconds[-1],
        captured_at=request.captured_at,
        produced_at=request.produced_at,
        finished_at=time.time(),
        worker_id=WORKER,
    )


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
