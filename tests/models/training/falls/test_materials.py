"""Recordings described once and kept: used again by the same run, and by no other."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.evaluation.events import Span
from models.falls.motion import CLIP_FRAMES
from models.training.falls.looks import Looker
from models.training.falls.materials import Footage, MaterialMaker


@pytest.fixture(scope="module")
def looker() -> Looker:
    return Looker()


def footage(**changes: Any) -> Footage:
    """A square that moves down; it falls in the first second."""
    frames = np.full((CLIP_FRAMES + 6, 60, 80, 3), 90, np.uint8)
    for index, frame in enumerate(frames):
        frame[index : index + 20, 30:50] = 200
    made = Footage("square", "recorded", "S1", frames, (Span("fall", 0.5, 1.5),))
    return replace(made, **changes)


def maker(folder: Path, looker: Looker, *, num_regions: int = 1, seed: int = 0) -> MaterialMaker:
    return MaterialMaker(folder, looker, num_regions=num_regions, seed=seed)


def kept(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}


def test_the_same_recording_is_described_once(tmp_path: Path, looker: Looker) -> None:
    first = maker(tmp_path, looker).taught(footage())
    before = kept(tmp_path)
    again = maker(tmp_path, looker).taught(footage())
    assert kept(tmp_path) == before
    assert len(before) == 1
    np.testing.assert_array_equal(again.examples.numbers, first.examples.numbers)


@pytest.mark.parametrize(
    "changes",
    [
        {"num_regions": 2},
        {"seed": 1},
        {"spans": (Span("fall", 0.2, 1.2),)},
        {"frames": np.full((CLIP_FRAMES, 60, 80, 3), 90, np.uint8)},
        {"view": 1},
    ],
    ids=lambda changes: "".join(changes),
)
def test_what_was_described_otherwise_is_not_used(tmp_path: Path, looker: Looker, changes: dict[str, Any]) -> None:
    settings = {key: value for key, value in changes.items() if key in ("num_regions", "seed")}
    of_footage = {key: value for key, value in changes.items() if key not in settings}
    maker(tmp_path / "used", looker).taught(footage())
    found = maker(tmp_path / "used", looker, **settings).taught(footage(**of_footage))
    expected = maker(tmp_path / "fresh", looker, **settings).taught(footage(**of_footage))
    np.testing.assert_array_equal(found.examples.targets, expected.examples.targets)
    np.testing.assert_array_equal(found.examples.numbers, expected.examples.numbers)
    assert len(kept(tmp_path / "used")) == 2


def test_what_is_seen_backwards_is_described_so(tmp_path: Path, looker: Looker) -> None:
    spans = (Span("walking", 0.0, 4.0),)
    backwards = maker(tmp_path, looker).taught(footage(spans=spans, is_backwards=True))
    turned = maker(tmp_path, looker).taught(footage(spans=spans, frames=footage().frames[::-1]))
    np.testing.assert_array_equal(backwards.examples.numbers, turned.examples.numbers)
    forwards = maker(tmp_path, looker).taught(footage(spans=spans))
    assert not np.array_equal(backwards.examples.numbers, forwards.examples.numbers)
