"""A streaming predictor and a source of its clips, for tests: a small I3D, real chunks, real requests, a journal."""

import time
from dataclasses import dataclass, field

import numpy as np
import torch

from models.predictor import ClipSpec, ModelCard
from models.predictors.stream_classifier import StreamClassifier
from models.runtime.options import RuntimeOptions
from models.runtime.preparing import prepare_for_streaming
from models.runtime.video_stream import VideoStream
from models.serving import serve_as
from stream.batch.frame_window import FrameWindow
from stream.clip_buffer import PickedFrame
from stream.clip_sampler import ClipSampler, GridFrame, PlannedClip
from stream.frames.store import FrameStore
from stream.ingest.clip_producer import ClipProducer
from stream.ingest.frame_counts import FrameCounts
from stream.ingest.preview import PreviewMaker
from stream.messages import InferenceRequest
from stream.queue.account import Gap
from stream.queue.request_queue import RequestQueue
from stream.source_registry import StoredSource
from stream.sources.frame import DecodedFrame, RgbPicture
from tests.models.small_i3d import small_i3d

MODEL = "streamed"
HEIGHT, WIDTH, RATE_HZ = 16, 20, 25.0
CARD = serve_as(
    ModelCard(
        MODEL,
        "i3d_rgb",
        ("still", "moving", "falling"),
        preprocessing="",
        licence="",
        intended_use="tests",
        clip_spec=ClipSpec(num_frames=32, frame_rate_hz=RATE_HZ, stride_seconds=0.64, short_side=HEIGHT),
    ),
    "stream",
)


def streamed_classifier() -> StreamClassifier:
    """Return the same small streaming predictor in every process."""
    network = small_i3d(3, seed=3, logit_gain=0.001)
    options = RuntimeOptions(device="cpu", threads=1, backend="torch", arithmetic="float32")
    step = prepare_for_streaming(network, torch.zeros(1, 3, 16, HEIGHT, WIDTH), options)
    return StreamClassifier(CARD, VideoStream(step, frames_per_step=16), input_size=None, max_batch_size=1)


def clip_spec() -> ClipSpec:
    if CARD.clip_spec is None:
        raise ValueError("the card must state a clip_spec")
    return CARD.clip_spec


def scores_of_unbroken_run(video: np.ndarray) -> list[tuple[float, ...]]:
    """Return the scores of the clips of a video, as the batch path makes them in one run."""
    classifier, window = streamed_classifier(), FrameWindow("film", [MODEL])
    sampler = ClipSampler(MODEL, clip_spec(), epoch=1, origin_seconds=0.0)
    scores: list[tuple[float, ...]] = []
    for index, rgb in enumerate(video):
        window.add(PickedFrame(index, index / RATE_HZ, 0.0, rgb))
        planned = sampler.fill(GridFrame(index, index / RATE_HZ, 0.0))
        scores += [_score(classifier, window, clip) for clip in ([planned] if planned else [])]
    return scores + [_score(classifier, window, clip) for clip in sampler.end()]


def _score(classifier: StreamClassifier, window: FrameWindow, planned: PlannedClip) -> tuple[float, ...]:
    result = classifier.predict([classifier.prepare(window.passage(planned))])[0]
    return result.scores  # type: ignore[union-attr]


@dataclass
class StreamedSource:
    """Produces the clips of a video, as an ingester does for a streaming model."""

    queue: RequestQueue
    store: FrameStore
    source_id: str
    video: np.ndarray
    """uint8 RGB, (T, H, W, 3)."""
    journal: list[tuple[int, int]] = field(default_factory=list)
    """(epoch, clip index) of every clip that the server took."""
    gaps: list[Gap] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._producer = ClipProducer(
            StoredSource(self.source_id, "/film.mp4", {MODEL: clip_spec()}),
            self.store,
            counts=FrameCounts(),
            previews=PreviewMaker(privacy="pixelated", rate_hz=1, height=HEIGHT),
            start_epoch=lambda: self.queue.start_epoch(self.source_id),
            send=self._send,
            record_gap=self.gaps.append,
            deadline_seconds=600.0,
        )
        self._num_frames = 0

    def produce(self, num_frames: int) -> None:
        """Take the next frames of the video in; at its end the epoch ends too."""
        for index in range(self._num_frames, min(self._num_frames + num_frames, len(self.video))):
            picture = RgbPicture(self.video[index])
            self._producer.take(DecodedFrame(index / RATE_HZ, time.time(), WIDTH, HEIGHT, picture))
            self._num_frames = index + 1
        if self._num_frames == len(self.video):
            self._producer.finish()

    def _send(self, request: InferenceRequest) -> None:
        if self.queue.produce([request], max_backlog=10_000):
            self.journal.append((request.epoch, request.clip_index))
