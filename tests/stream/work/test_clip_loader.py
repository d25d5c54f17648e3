from dataclasses import replace

import numpy as np
import pytest

from stream.messages import InferenceRequest
from stream.work.chunk_cache import ChunkCache
from stream.work.clip_loader import load_clip

REQUEST = InferenceRequest(
    source_id="cam",
    model="m",
    epoch=1,
    clip_index=0,
    chunk_ids=("a", "b"),
    frame_refs=((0, 1), (1, 0), (1, 0)),
    frame_ids=(11, 12, 12),
    pts_seconds=(0.1, 0.2, 0.2),
    captured_at=0.0,
    produced_at=0.0,
    deadline_at=0.0,
)


class TwoChunks:
    def get_chunk(self, source_id: str, chunk_id: str) -> np.ndarray:
        size = 6 if chunk_id == "larger" else 4
        return np.arange(2, dtype=np.uint8)[:, None, None, None] + np.full((2, size, 4, 3), ord(chunk_id[0]), np.uint8)


def test_clip_has_the_frames_that_were_named_in_order() -> None:
    clip = load_clip(REQUEST, ChunkCache(TwoChunks()))
    assert clip.frames.shape == (3, 4, 4, 3)
    assert clip.frames[:, 0, 0, 0].tolist() == [ord("a") + 1, ord("b"), ord("b")]
    assert (clip.source_id, clip.frame_ids, clip.pts_seconds.tolist()) == ("cam", (11, 12, 12), [0.1, 0.2, 0.2])


@pytest.mark.parametrize(
    "change",
    [{"frame_refs": ((0, 1), (1, 9), (1, 0))}, {"frame_refs": ((2, 0),) * 3}, {"chunk_ids": ("a", "larger")}],
)
def test_frames_that_chunks_do_not_have_are_refused(change: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="clip 1-0 of 'cam' must name frames of one size within its chunks"):
        load_clip(replace(REQUEST, **change), ChunkCache(TwoChunks()))
