"""Laws of drawing clips."""

from collections import Counter

import numpy as np
import pytest

from models.evaluation.events import Span
from models.training.batches import make_batches
from models.training.sampling import ClipSampler
from models.training.scenes import LabelledScene

LABELS = ("none", "in", "out")


def scene() -> LabelledScene:
    """Sixty seconds at 5 Hz in which every frame shows its own number."""
    frames = np.broadcast_to(np.arange(300, dtype=np.uint16)[:, None, None, None] % 256, (300, 8, 12, 3))
    return LabelledScene(
        frames.astype(np.uint8), 5.0, (Span("in", 10, 16), Span("out", 30, 35)), (Span("look_alike", 45, 50),)
    )


def sampler(none_share: float = 0.4) -> ClipSampler:
    return ClipSampler([scene()], LABELS, num_frames=16, none_share=none_share, border_seconds=0.4)


def test_every_clip_bears_the_label_of_its_centre() -> None:
    rng = np.random.default_rng(0)
    for _ in range(200):
        clip = sampler().draw(rng)
        centre = float(np.median(clip.frames[:, 0, 0, 0])) / 5
        if centre < 51:  # frame numbers repeat after 255
            assert abs(scene().seconds_to_border(centre)) > 0.2
            assert LABELS[clip.target] == scene().label_at(centre)


def test_labels_come_as_often_as_asked_for() -> None:
    rng, drawn = np.random.default_rng(1), sampler(none_share=0.4)
    counts = Counter(drawn.draw(rng).target for _ in range(3000))
    assert [counts[index] / 3000 for index in range(3)] == pytest.approx([0.4, 0.3, 0.3], abs=0.04)


def test_a_label_that_never_occurs_is_named() -> None:
    with pytest.raises(ValueError, match="no clip shows away"):
        ClipSampler([scene()], (*LABELS, "away"), num_frames=16, none_share=0.4, border_seconds=0.4)


def test_scenes_of_two_sizes_are_refused() -> None:
    other = LabelledScene(np.zeros((50, 9, 12, 3), np.uint8), 5.0, ())
    with pytest.raises(ValueError, match="must be of one size"):
        ClipSampler([scene(), other], LABELS, num_frames=16, none_share=0.4, border_seconds=0.4)


def test_batches_repeat_with_their_seed_and_differ_with_another() -> None:
    first, again, other = (list(make_batches([sampler()], batch_size=3, steps=5, seed=seed)) for seed in (7, 7, 8))
    assert len(first) == 5
    for one, two in zip(first, again, strict=True):
        assert np.array_equal(one.inputs, two.inputs)
        assert np.array_equal(one.targets, two.targets)
    assert any(not np.array_equal(one.inputs, two.inputs) for one, two in zip(first, other, strict=True))
