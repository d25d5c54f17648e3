from pathlib import Path

import pytest

from models.predictor import ClipSpec, EventSpec, ModelCard


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"num_frames": 0}, "at least 1"),
        ({"frame_rate_hz": 0.0}, "0..1000"),
        ({"stride_seconds": 0.13}, "whole number of frame intervals"),
        ({"stride_seconds": 0.0}, "whole number of frame intervals"),
    ],
)
def test_clips_that_cannot_be_cut_are_refused(values: dict[str, float], reason: str) -> None:
    right = {"num_frames": 16, "frame_rate_hz": 8.0, "stride_seconds": 0.5, "short_side": 112}
    with pytest.raises(ValueError, match=reason):
        ClipSpec(**{**right, **values})  # type: ignore[arg-type]


def test_stride_and_duration_follow_from_the_rate() -> None:
    spec = ClipSpec(num_frames=64, frame_rate_hz=25.0, stride_seconds=0.64, short_side=256)
    assert spec.stride_frames == 16
    assert spec.duration_seconds == pytest.approx(2.56)


@pytest.mark.parametrize(
    ("values", "reason"),
    [({"leave_score": 0.9}, "leave_score <= enter_score"), ({"votes": 3, "window": 2}, "votes <= window")],
)
def test_event_thresholds_that_contradict_are_refused(values: dict[str, float], reason: str) -> None:
    right = {"labels": ("fall",), "enter_score": 0.6, "leave_score": 0.4}
    with pytest.raises(ValueError, match=reason):
        EventSpec(**{**right, **values})  # type: ignore[arg-type]


def test_a_card_comes_back_as_it_was_saved(tmp_path: Path) -> None:
    card = ModelCard(
        name="bedside",
        network="i3d_rgb",
        labels=("none", "fall"),
        preprocessing="short side 112",
        licence="Apache-2.0",
        intended_use="tests",
        network_options={"width": 0.25},
        clip_spec=ClipSpec(16, 8.0, 0.5, 112),
        event_spec=EventSpec(("fall",), 0.6, 0.4),
        metrics={"auc": [0.9, 0.8, 1.0]},
    )
    card.save(tmp_path / "card.json")
    assert ModelCard.load(tmp_path / "card.json") == card


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"labels": ["a"], "mood": "good"}'])
def test_a_file_that_is_no_card_is_refused_by_name(tmp_path: Path, text: str) -> None:
    path = tmp_path / "card.json"
    path.write_text(text)
    with pytest.raises(ValueError, match=r"card\.json must be a model card"):
        ModelCard.load(path)
