"""Laws of drawing sequences."""

from collections import Counter

import numpy as np
import pytest

from models.evaluation.events import Span
from models.training.batches import make_batches
from models.training.objectives import NO_TARGET
from models.training.scenes import LabelledScene
from models.training.sequence_sampling import SequenceSampler

LABELS = ("none", "in", "out")
BORDER_SECONDS = 0.4


def scene(num_frames: int = 250) -> LabelledScene:
    """Fifty seconds at 5 Hz in which every frame shows its own number."""
    numbers = np.arange(num_frames, dtype=np.uint8)[:, None, None, None]
    return LabelledScene(
        np.broadcast_to(numbers, (num_frames, 8, 12, 3)), 5.0, (Span("in", 10, 16), Span("out", 30, 35))
    )


def sampler(none_share: float = 0.4) -> SequenceSampler:
    return SequenceSampler([scene()], LABELS, num_frames=64, none_share=none_share, border_seconds=BORDER_SECONDS)


def test_every_slice_bears_the_label_of_the_middle_of_its_clip() -> None:
    rng, half_a_frame = np.random.default_rng(0), 0.1
    for _ in range(200):
        drawn = sampler().draw(rng)
        assert drawn.frames.shape == (64, 8, 12, 3)
        assert isinstance(drawn.target, np.ndarray)
        assert drawn.target.shape == (7,)
        shown = drawn.frames[8::8, 0, 0, 0] / 5
        for seconds, target in zip(shown, drawn.target, strict=True):
            distance = scene().seconds_to_border(seconds)
            if distance < BORDER_SECONDS - half_a_frame:
                assert target == NO_TARGET
            elif distance > BORDER_SECONDS + half_a_frame:
                assert LABELS[target] == scene().label_at(seconds)


def test_half_of_the_sequences_are_as_recorded_and_none_leaves_the_scene() -> None:
    rng = np.random.default_rng(1)
    lengths = [int(d[-1]) - int(d[0]) for d in (sampler().draw(rng).frames[:, 0, 0, 0] for _ in range(300))]
    assert 0.4 < Counter(lengths)[63] / 300 < 0.6
    assert min(lengths) < 58
    assert max(lengths) > 68


def test_rare_labels_come_as_often_as_asked_for() -> None:
    rng = np.random.default_rng(2)
    for none_share in (0.1, 0.9):
        drawn = [sampler(none_share).draw(rng).target for _ in range(300)]
        share = np.mean([bool(np.any(np.asarray(target) > 0)) for target in drawn])
        assert share >= 1 - none_share - 0.05


def test_a_clip_may_lie_anywhere_in_its_sequence() -> None:
    rng, seen = np.random.default_rng(3), Counter[int]()
    for _ in range(400):
        seen.update(np.flatnonzero(np.asarray(sampler().draw(rng).target) == 1).tolist())
    assert set(seen) == set(range(7))


def test_a_scene_shorter_than_a_sequence_is_refused() -> None:
    with pytest.raises(ValueError, match="needs at least the 64 frames of a sequence, got 50"):
        SequenceSampler([scene(), scene(50)], LABELS, num_frames=64, none_share=0.4, border_seconds=0.4)


def test_batches_repeat_with_their_seed() -> None:
    first, again = (list(make_batches([sampler()], batch_size=3, steps=2, seed=7)) for _ in range(2))
    for one, two in zip(first, again, strict=True):
        assert one.inputs.shape == (3, 64, 8, 12, 3)
        assert one.targets.shape == (3, 7)
        assert np.array_equal(one.inputs, two.inputs)
        assert np.array_equal(one.targets, two.targets)
