"""The same file through both paths: the live one, with its real parts, and the batch one say the same."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch

from models.benchmarks.seeded import seeded_weights
from models.predictor import ClipSpec, EventSpec, ModelCard
from models.predictors.clip_classifier import ClipClassifier
from models.predictors.streams import RgbStream
from models.registry import build_network
from models.runtime.options import RuntimeOptions
from models.runtime.preparing import prepare_for_inference
from stream.analysis import Analysis, AnalysisOptions
from stream.batch.inputs import find_inputs
from stream.events import EventDetector
from stream.messages import InferenceResult
from stream.queue.result_feed import ResultFeed
from stream.settings import WorkerSettings
from stream.video_writer import VideoWriter
from stream.worker import run_worker
from tests.stream.batch.analysing import Silent
from tests.stream.ingest_system import IngestSystem
from tests.stream.service_thread import service_thread
from tests.waiting import wait_until

SPEC = ClipSpec(num_frames=16, frame_rate_hz=12.5, stride_seconds=0.32, short_side=72)
LABELS = ("still", "left", "right")
EVENTS = EventSpec(LABELS, enter_score=0.4, leave_score=0.3)
FILE_RATE_HZ = 21.0
"""No multiple of the rate at which clips are sampled."""
TOLERANCE = 1e-5
"""Batch size changes the last bits; everything else is the same on one machine."""


def write_film(path: Path) -> Path:
    """Six seconds in which a bright field moves across noise, so that clips differ from each other."""
    noise = np.random.default_rng(2).integers(0, 90, (120, 160, 3), np.uint8)
    with VideoWriter(path, width=160, height=120, frame_rate_hz=FILE_RATE_HZ) as writer:
        for index in range(126):
            frame = np.roll(noise, 3 * index, axis=1)
            left = index * index // 90 % 120
            frame[30:80, left : left + 40] = 250
            writer.write(frame)
    return path


def narrow_i3d(*, batch_size: int) -> ClipClassifier:
    """An I3D of an eighth of the width with seeded weights, compiled for batches of this size."""
    network = build_network("i3d_rgb", num_classes=len(LABELS), width=0.125)
    network.load_state_dict(seeded_weights(network.state_dict()))
    card = ModelCard(
        "narrow_i3d",
        "i3d_rgb",
        LABELS,
        preprocessing="",
        licence="",
        intended_use="tests",
        weights_sha256="ab" * 32,
        clip_spec=SPEC,
        event_spec=EVENTS,
    )
    example = torch.zeros(batch_size, 3, SPEC.num_frames, 64, 64)
    ready = prepare_for_inference(network, example, RuntimeOptions(device="cpu", threads=1))
    stream = RgbStream(ready, num_frames=SPEC.num_frames, short_side=SPEC.short_side, input_size=(64, 64))
    return ClipClassifier(card, [stream], max_batch_size=batch_size)


@dataclass(frozen=True)
class Said:
    """What a path said: clips by their place, and events."""

    clips: dict[int, tuple[float, float, tuple[float, ...]]]
    """Clip index to start, end and scores."""
    events: list[tuple[str, float, float]]


def analysed(video: Path, out: Path, predictor: ClipClassifier) -> Said:
    analysis = Analysis(
        [predictor.card], lambda: [predictor], out, options=AnalysisOptions(), products=[], listener=Silent()
    )
    assert analysis.run(find_inputs([str(video)])).exit_code == 0
    records = [json.loads(line) for line in (out / f"{video.stem}.jsonl").read_text().splitlines()]
    clips = [record for record in records if record["kind"] == "classification"]
    events = [record for record in records if record["kind"] == "event"]
    return Said(
        {
            index: (clip["start_seconds"], clip["end_seconds"], tuple(clip["scores"]))
            for index, clip in enumerate(clips)
        },
        sorted((event["label"], event["start_seconds"], event["end_seconds"]) for event in events),
    )


def watched(
    system: IngestSystem, source_id: str, video: Path, predictor: ClipClassifier, num_clips: int
) -> Said | None:
    """Play the file as a camera through ingester, server and worker; None when this machine dropped frames."""
    system.add(source_id, video, models={predictor.name: SPEC})
    system.start(source_id, deadline_seconds=120.0, max_backlog_clips=100, retention_seconds=120.0)
    # The worker comes late, so that clips wait for it and its first batches are full.
    system.wait_for_clips(source_id, min(2 * predictor.max_batch_size, num_clips), timeout_seconds=60)
    with worker(system, predictor):
        system.wait_for_state(source_id, "ended", timeout_seconds=60)
        wait_until(lambda: all(not account.in_flight for account in system.account.clips()), 60)
    if set(system.frames(source_id).dropped) - {"not_sampled"}:
        return None
    results = [result for _, result in ResultFeed(system.bus).read("0") if result.source_id == source_id]
    assert len({result.epoch for result in results}) == 1
    return Said({result.clip_index: _clip(result) for result in results}, _events(source_id, predictor, results))


@contextmanager
def worker(system: IngestSystem, predictor: ClipClassifier) -> Iterator[None]:
    settings = WorkerSettings(max_wait_seconds=1.0, max_backlog_clips=100, lease_seconds=2.0)
    with service_thread(run_worker, system.bus, system.store, [predictor], worker_id="worker-1", settings=settings):
        yield


def _clip(result: InferenceResult) -> tuple[float, float, tuple[float, ...]]:
    return result.start_seconds, result.end_seconds, tuple(result.result["scores"])


def _events(
    source_id: str, predictor: ClipClassifier, results: list[InferenceResult]
) -> list[tuple[str, float, float]]:
    detector = EventDetector(source_id, predictor.name, EVENTS)
    told = [event for result in results for event in detector.push(result)] + detector.finish()
    return sorted(
        (event.label, event.start_seconds, event.end_seconds) for event in told if event.end_seconds is not None
    )


@pytest.mark.slow
def test_a_file_played_live_gives_the_clips_scores_and_events_of_its_analysis(
    system: IngestSystem, tmp_path: Path
) -> None:
    video = write_film(tmp_path / "film.mp4")
    batch = analysed(video, tmp_path / "out", narrow_i3d(batch_size=1))
    assert len(batch.clips) > 10
    predictor, deadline = narrow_i3d(batch_size=3), time.monotonic() + 150
    live, tries = None, 0
    while live is None and time.monotonic() < deadline:  # a machine too busy to play the film drops frames: once more
        tries += 1
        live = watched(system, f"film-{tries}", video, predictor, len(batch.clips))
    assert live is not None, "this machine is too busy to play a small film without dropping frames"
    assert sorted(live.clips) == sorted(batch.clips)
    for index, (start, end, scores) in batch.clips.items():
        assert live.clips[index][:2] == pytest.approx((start, end), abs=1e-6), index
        assert live.clips[index][2] == pytest.approx(scores, abs=TOLERANCE), index
    spread = np.ptp(np.array([scores for _, _, scores in batch.clips.values()]), axis=0).max()
    assert spread > 1000 * TOLERANCE, "the scores differ so much between clips that equality means something"
    assert [event[0] for event in live.events] == [event[0] for event in batch.events]
    for one, other in zip(live.events, batch.events, strict=True):
        assert one[1:] == pytest.approx(other[1:], abs=1e-5)
