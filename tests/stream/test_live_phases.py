"""An operation through the live path: one answer a frame, in order, the same as those of its analysis."""

import json
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch

from models.networks.surgical_phase import SurgicalPhaseNet
from models.predictor import ClipSpec, ModelCard
from models.predictors.surgical_phase import SurgicalPhasePredictor
from models.runtime.options import RuntimeOptions
from models.runtime.preparing import prepare_for_inference
from models.surgical_phases import PHASES
from stream.analysis import Analysis, AnalysisOptions
from stream.batch.inputs import find_inputs
from stream.messages import InferenceResult
from stream.queue.result_feed import ResultFeed
from tests.stream.batch.analysing import Silent
from tests.stream.ingest_system import IngestSystem
from tests.stream.test_live_equals_batch import worker, write_film
from tests.waiting import wait_until

SPEC = ClipSpec(num_frames=1, frame_rate_hz=4.0, stride_seconds=0.25, short_side=48)
"""Four times as fast as in a theatre, so that the test need not wait."""


def predictor(*, batch_size: int) -> SurgicalPhasePredictor:
    torch.manual_seed(5)
    network = SurgicalPhaseNet(width=2, hidden_size=16).eval()
    with torch.no_grad():  # so that what was seen shows in what is said
        network.phase.weight.mul_(20)
        network.summary.weight.mul_(20)
    card = ModelCard("phases", "surgical_phase", PHASES, "", "", "", clip_spec=SPEC)
    options = RuntimeOptions(device="cpu", backend="torch", arithmetic="float32", threads=1)
    look = prepare_for_inference(network.look, torch.zeros(batch_size, 3, 48, 48), options)
    return SurgicalPhasePredictor(
        card, look=look, remember=network.recall, input_size=(48, 48), max_batch_size=batch_size
    )


def analysed(video: Path, out: Path) -> np.ndarray:
    serving = predictor(batch_size=8)
    analysis = Analysis(
        [serving.card], lambda: [serving], out, options=AnalysisOptions(), products=[], listener=Silent()
    )
    assert analysis.run(find_inputs([str(video)])).exit_code == 0
    return np.array([json.loads(line)["scores"] for line in (out / f"{video.stem}.jsonl").read_text().splitlines()])


def watched(system: IngestSystem, source_id: str, video: Path) -> Sequence[InferenceResult] | None:
    """Play the film as a camera; None when this machine was too busy and dropped frames."""
    system.add(source_id, video, models={"phases": SPEC})
    system.start(source_id, deadline_seconds=120.0, max_backlog_clips=100, retention_seconds=120.0)
    with worker(system, predictor(batch_size=3)):  # type: ignore[arg-type]
        system.wait_for_state(source_id, "ended", timeout_seconds=60)
        wait_until(lambda: all(not account.in_flight for account in system.account.clips()), 60)
    if set(system.frames(source_id).dropped) - {"not_sampled"}:
        return None
    return [result for _, result in ResultFeed(system.bus).read("0") if result.source_id == source_id]


@pytest.mark.slow
def test_an_operation_watched_live_gets_the_answers_of_its_analysis_in_order(
    system: IngestSystem, tmp_path: Path
) -> None:
    video = write_film(tmp_path / "film.mp4")
    batch = analysed(video, tmp_path / "out")
    assert len(batch) == 24
    live, tries, deadline = None, 0, time.monotonic() + 120
    while live is None and time.monotonic() < deadline:
        tries += 1
        live = watched(system, f"film-{tries}", video)
    assert live is not None, "this machine is too busy to play a small film without dropping frames"
    assert [result.clip_index for result in live] == list(range(24))
    np.testing.assert_allclose([result.result["scores"] for result in live], batch, atol=1e-5)
    assert np.ptp(batch, axis=0).max() > 1e-2, "the answers differ so much that equality means something"
