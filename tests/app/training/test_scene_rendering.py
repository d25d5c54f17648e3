"""Scenes for training: rendered once, read back as the running system reads video, events found as it finds them."""

import itertools
from pathlib import Path

import numpy as np
import pytest

from app.training.event_finding import find_events
from app.training.scene_reading import load_scenes
from app.training.scene_rendering import render_scenes
from models.predictor import ClipSpec, EventSpec
from models.simulation.bedside import BedsideScene
from models.training.config import SceneConfig, ScenePart
from models.training.scoring import SceneScores
from stream.errors import StreamError

SPEC = ClipSpec(num_frames=8, frame_rate_hz=4.0, stride_seconds=0.5, short_side=48)


def part(first: int, count: int) -> ScenePart:
    return ScenePart(first=first, count=count, duration_seconds=30)


def config(size: tuple[int, int] = (96, 72)) -> SceneConfig:
    return SceneConfig(sizes=(size,), train=part(1, 2), validation=part(5, 1), test=part(9, 1))


def test_scenes_are_rendered_once_and_come_back_as_simulated(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []

    def render() -> None:
        render_scenes(
            {"bedside": config()},
            tmp_path,
            frame_rate_hz=4.0,
            num_processes=2,
            on_progress=lambda *counts: told.append(counts),
        )

    render()
    assert told[-1] == (4, 4)
    written = {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    assert len(written) == 8
    render()
    assert {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()} == written

    scenes = load_scenes(part(1, 2), tmp_path, SPEC, num_threads=2)
    for seed, scene in zip((1, 2), scenes, strict=True):
        simulated = BedsideScene(seed, duration_seconds=30, width=96, height=72, frame_rate_hz=4.0)
        assert scene.frames.shape == (120, 48, 64, 3)
        assert [event.label for event in scene.events] == [event.label for event in simulated.truth.events]
        brightness = [simulated.frame(index).mean() for index in (0, 60, 119)]
        assert scene.frames[[0, 60, 119]].mean(axis=(1, 2, 3)) == pytest.approx(np.array(brightness), abs=4)


def test_scenes_that_cannot_be_rendered_are_named(tmp_path: Path) -> None:
    with pytest.raises(StreamError, match=r"4 files were not made, the first .*bedside_1_30s\.mp4"):
        render_scenes(
            {"bedside": config(size=(97, 72))},
            tmp_path,
            frame_rate_hz=4.0,
            num_processes=1,
            on_progress=lambda *counts: None,
        )


def test_events_are_found_where_the_scores_are_high() -> None:
    starts = np.arange(40) * 0.5
    high = (starts >= 5) & (starts < 9)
    scores = SceneScores(starts, starts + 2, np.where(high[:, None], (0.1, 0.9), (0.9, 0.1)))
    spec = EventSpec(labels=("in",), enter_score=0.6, leave_score=0.3)
    (event,) = find_events(scores, spec, ("none", "in"))
    assert event.label == "in"
    assert event.start_seconds == pytest.approx(6.0, abs=0.5)  # the clip's centre speaks
    assert event.end_seconds == pytest.approx(10.0, abs=0.5)


def test_seeds_of_the_shipped_parts_do_not_overlap() -> None:
    parts = config().parts
    for one, other in itertools.combinations(parts, 2):
        assert not set(one.seeds) & set(other.seeds)
