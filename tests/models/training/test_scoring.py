"""Laws of scoring scenes and of judging what came out."""

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from models.evaluation.events import EventScores, Span
from models.predictor import ClipSpec
from models.training.report import SceneOutcome, judge_scene, summarise
from models.training.scenes import LabelledScene
from models.training.scoring import score_scene, score_stream

SPEC = ClipSpec(num_frames=4, frame_rate_hz=2.0, stride_seconds=1.0, short_side=8)
LABELS = ("none", "in")


class MeanNetwork(nn.Module):
    """Its second logit is the clip's mean brightness."""

    def forward(self, clips: Tensor) -> Tensor:
        mean = clips.float().mean((1, 2, 3, 4))
        return torch.stack((torch.zeros_like(mean), 4 * mean), 1)


def bright_scene(num_frames: int = 40) -> LabelledScene:
    """Twenty seconds, bright from second 6 to 12, in which the event happens."""
    frames = np.zeros((num_frames, 8, 10, 3), np.uint8)
    frames[12:24] = 255
    return LabelledScene(frames, 2.0, (Span("in", 6.0, 12.0),), look="rgb")


def test_clips_are_those_of_the_clip_spec() -> None:
    scored = score_scene(MeanNetwork(), bright_scene(), SPEC)
    assert scored.start_seconds.tolist() == [float(second) for second in range(19)]
    assert (scored.end_seconds - scored.start_seconds == 2.0).all()
    assert scored.scores.shape == (19, 2)
    assert scored.scores.sum(axis=1) == pytest.approx(1.0)
    assert np.flatnonzero(scored.scores[:, 1] > 0.5).tolist() == [6, 7, 8, 9, 10]


def test_a_scene_shorter_than_a_clip_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 4 frames, got 3"):
        score_scene(MeanNetwork(), bright_scene(3), SPEC)


class SliceMeans(nn.Module):
    """Says of each slice of 8 frames and the next one how bright their middle is."""

    def forward(self, videos: Tensor) -> Tensor:
        mean = videos.mean((1, 3, 4)).unfold(1, 16, 8).mean(2)  # (N, S)
        return torch.stack((torch.zeros_like(mean), 4 * mean), 1)


def test_a_stream_answers_once_a_slice_as_single_clips_would() -> None:
    spec = ClipSpec(num_frames=16, frame_rate_hz=2.0, stride_seconds=4.0, short_side=8)
    for num_frames in (40, 45, 47, 16):
        streamed = score_stream(SliceMeans(), bright_scene(num_frames), spec)
        single = score_scene(MeanNetwork(), bright_scene(num_frames), spec)
        assert streamed.start_seconds.tolist() == single.start_seconds.tolist()
        assert streamed.end_seconds.tolist() == single.end_seconds.tolist()
        assert streamed.scores == pytest.approx(single.scores, abs=1e-6)


def test_clips_at_the_border_of_an_event_do_not_count() -> None:
    scored = score_scene(MeanNetwork(), bright_scene(), SPEC)
    outcome = judge_scene(
        bright_scene(), scored, [Span("in", 6.2, 11.0)], labels=LABELS, tolerance_seconds=1.0, border_seconds=0.5
    )
    assert len(outcome.targets) == 17  # centres at 6 and 12 s are left out
    assert (outcome.scores.argmax(axis=1) == outcome.targets).all()
    assert outcome.events == EventScores(1, 1, 1)
    assert outcome.hours == pytest.approx(20 / 3600)


def outcome(num_matched: int, look: str = "rgb") -> SceneOutcome:
    scores = np.array([[0.9, 0.1], [0.2, 0.8]])
    return SceneOutcome(scores, np.array([0, 1]), EventScores(4, 4, num_matched), 1 / 30, look)


def test_metrics_are_those_of_all_scenes_together() -> None:
    metrics = summarise([outcome(4), outcome(2), outcome(4, "depth")], LABELS)
    assert (metrics["num_scenes"], metrics["num_events"]) == (3, 12)
    assert metrics["event_f1"]["value"] == pytest.approx(10 / 12, abs=1e-4)
    assert metrics["event_f1"]["low"] < metrics["event_f1"]["value"] < metrics["event_f1"]["high"]
    assert metrics["share_of_scenes_with_event_f1_of_0.7"]["value"] == pytest.approx(2 / 3, abs=1e-4)
    assert metrics["false_events_per_hour"]["value"] == pytest.approx(20)
    assert metrics["clip_accuracy"] == {"value": 1.0, "low": 1.0, "high": 1.0}
    assert metrics["clip_auc"]["in"]["value"] == 1.0
    assert set(metrics["event_f1_by_look"]) == {"rgb", "depth"}
