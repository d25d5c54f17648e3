"""`vigil analyze --mode`: windows scored alone, or as parts of their video."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from models.benchmarks.seeded import seeded_weights
from models.predictor import ClipSpec, ServingMode
from models.registry import build_network, find_card
from models.weights import store_model
from tests.app.commands.test_analyze import vigil
from tests.stream.batch.scenery import write_video

LABELS = ("still", "left", "right")
SPEC = ClipSpec(num_frames=32, frame_rate_hz=25.0, stride_seconds=0.64, short_side=48)


@pytest.fixture
def video(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A film beside a folder of models that holds one small I3D."""
    monkeypatch.setenv("VIGIL_MODELS_DIR", str(tmp_path / "models"))
    monkeypatch.setenv("VIGIL_CACHE_DIR", str(tmp_path / "cache"))
    store_small_model(tmp_path / "models", mode="window")
    return write_video(tmp_path / "ward.mp4", [0.5] * 130, width=64, height=48)


def store_small_model(directory: Path, *, mode: ServingMode) -> None:
    options = {"num_classes": len(LABELS), "width": 0.05, "is_causal": True}
    network = build_network("i3d_rgb", **options)
    network.load_state_dict(seeded_weights(network.state_dict()))
    card = replace(find_card("i3d_rgb"), name="small", labels=LABELS, network_options=options)
    store_model(network, replace(card, clip_spec=SPEC, input_size=None, mode=mode), directory)


def records(out: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (out / "ward.jsonl").read_text().splitlines()]


@pytest.mark.slow
def test_a_stream_has_the_clips_of_the_window_mode_and_is_the_default_where_the_card_says_so(
    tmp_path: Path, video: Path
) -> None:
    outs = [tmp_path / name for name in ("window", "stream", "default")]
    for out, option in zip(outs[:2], ("window", "stream"), strict=True):
        done = vigil(video, "--model", "small", "--out", out, "--mode", option, "--threads", 1)
        assert done.exit_code == 0, done.output
    store_small_model(tmp_path / "models", mode="stream")
    assert vigil(video, "--model", "small", "--out", outs[2], "--threads", 1).exit_code == 0
    window, stream, default = (records(out) for out in outs)
    assert [clip["start_seconds"] for clip in stream] == [clip["start_seconds"] for clip in window]
    assert [clip["end_seconds"] for clip in stream] == [clip["end_seconds"] for clip in window]
    assert [clip["scores"] for clip in default] == [clip["scores"] for clip in stream]
    assert stream[-1]["scores"] != window[-1]["scores"], "what came before a clip counts in a stream"
    assert [clip["is_warming_up"] for clip in stream] == [clip["start_seconds"] < 96 / 25 for clip in stream]


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ("optical_flow", "--mode: optical_flow cannot be streamed: optical_flow has no streaming form"),
        ("bedside_i3d", "--mode: bedside_i3d cannot be streamed"),
    ],
)
def test_a_model_that_cannot_be_streamed_is_refused_with_the_reason(tmp_path: Path, model: str, message: str) -> None:
    video = write_video(tmp_path / "ward.mp4", [0.5] * 10, width=64, height=48)
    done = vigil(video, "--model", model, "--out", tmp_path / "out", "--mode", "stream")
    assert done.exit_code == 2
    assert message in " ".join(done.output.split())
