from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from models.benchmarks.moving_samples import MovingSamples
from models.predictor import ClipSpec
from models.samples import Clip, Passage


@dataclass
class Reader:
    """As much of a predictor as says what it reads."""

    accepts: Any
    clip_spec: ClipSpec | None
    name: str = "reader"


def test_passages_of_a_stream_follow_each_other() -> None:
    spec = ClipSpec(16, 8.0, 1.0, 16, context_frames=24, lookahead_frames=8)
    samples = MovingSamples(Reader(Passage, spec))  # type: ignore[arg-type]
    batches = [samples.batch(2) for _ in range(5)]
    for step, batch in enumerate(batches):
        assert [one.source_id for one in batch] == [one.source_id for one in batches[0]]
        for one in batch:
            assert isinstance(one, Passage)
            assert (one.start, one.clip_start, one.stop) == (max(8 * step - 24, 0), 8 * step, 8 * step + 24)
    first, second = batches[0][0], batches[1][1]
    assert isinstance(first, Passage)
    assert isinstance(second, Passage)
    assert first.source_id != second.source_id
    assert np.array_equal(first.read_frames(8, 12), second.read_frames(8, 12))


def test_clips_move_and_are_the_same_each_time() -> None:
    samples = MovingSamples(Reader(Clip, ClipSpec(6, 8.0, 0.5, 24)))  # type: ignore[arg-type]
    one, other = samples.batch(1)[0], samples.batch(2)[1]
    assert isinstance(one, Clip)
    assert isinstance(other, Clip)
    assert samples.size == (6, 24, 32)
    assert one.frames.shape == (6, 24, 32, 3)
    assert np.array_equal(one.frames, other.frames)
    assert not np.array_equal(one.frames[0], one.frames[1])


def test_what_reads_no_video_is_refused() -> None:
    with pytest.raises(ValueError, match="reader reads no clips of video"):
        MovingSamples(Reader(Clip, None))  # type: ignore[arg-type]
