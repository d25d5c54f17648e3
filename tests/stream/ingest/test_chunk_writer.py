"""The chunk writer: every picked frame is written once and every clip finds its frames."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.predictor import ClipSpec
from stream.clip_buffer import ClipBuffer, PickedFrame
from stream.errors import FrameStoreFull
from stream.frames.files import FileFrameStore
from stream.frames.store import FrameStore
from stream.ingest.chunk_writer import ChunkWriter, FramePlaces
from stream.ingest.frame_counts import FrameCounts, FrameTally
from stream.sources.frame import DecodedFrame, RgbPicture

SPECS = {"slow": ClipSpec(8, 10.0, 0.4, 12), "fast": ClipSpec(16, 25.0, 0.24, 8)}


class FullStore(FileFrameStore):
    """A store on a disk that is full while `is_full`."""

    is_full = True

    def put_chunk(self, source_id: str, chunk_id: str, frames: np.ndarray) -> None:
        if self.is_full:
            raise FrameStoreFull("the frame store took no chunk: No space left on device")
        super().put_chunk(source_id, chunk_id, frames)


def picked(seq: int, epoch: int = 1) -> PickedFrame:
    return PickedFrame(epoch << 32 | seq, seq / 10, 50.0 + seq, np.full((2, 3, 3), seq % 256, np.uint8))


def writer_of(store: FrameStore, frames_per_chunk: int = 4) -> tuple[ChunkWriter, FrameCounts]:
    counts = FrameCounts()
    return ChunkWriter(store, "cam", SPECS, frames_per_chunk=frames_per_chunk, counts=counts), counts


def read(store: FrameStore, places: FramePlaces) -> list[int]:
    chunks = [store.get_chunk("cam", chunk_id) for chunk_id in places.chunk_ids]
    return [int(chunks[chunk][index][0, 0, 0]) for chunk, index in places.frame_refs]


def test_frames_are_found_where_the_writer_says_even_before_a_chunk_is_full(tmp_path: Path) -> None:
    store = FileFrameStore(tmp_path)
    writer, counts = writer_of(store)
    writer.write([picked(seq) for seq in range(6)])
    ids = [1 << 32 | seq for seq in (1, 3, 4, 5, 5)]
    assert read(store, writer.place(ids)) == [1, 3, 4, 5, 5]
    assert counts.take() == FrameTally(published=6)


def test_a_clip_that_needs_nothing_of_the_open_chunk_leaves_it_open(tmp_path: Path) -> None:
    writer, counts = writer_of(FileFrameStore(tmp_path))
    writer.write([picked(seq) for seq in range(6)])
    writer.place([1 << 32 | 0, 1 << 32 | 3])
    assert counts.take().published == 4


@given(frames_per_chunk=st.integers(1, 9), steps=st.lists(st.sampled_from([0.02, 0.04, 0.2, 1.9]), max_size=60))
def test_every_clip_of_a_buffer_finds_the_very_frames_that_were_picked(
    tmp_path_factory: pytest.TempPathFactory, frames_per_chunk: int, steps: Sequence[float]
) -> None:
    store = FileFrameStore(tmp_path_factory.mktemp("frames"))
    writer, counts = writer_of(store, frames_per_chunk)
    buffer, pts, num_picked = ClipBuffer("cam", SPECS), 0.0, 0
    for index, step in enumerate(steps):
        pts += step
        picture = RgbPicture(np.full((12, 16, 3), index, np.uint8))
        output = buffer.push(DecodedFrame(pts, 0.0, 16, 12, picture))
        writer.write(output.picked)
        num_picked += len(output.picked)
        for clip in output.clips:
            expected = [frame_id & 0xFFFFFFFF for frame_id in clip.frame_ids]
            assert read(store, writer.place(clip.frame_ids)) == expected
    writer.flush()
    assert counts.take().published == num_picked


def test_the_next_epoch_begins_a_chunk_of_its_own(tmp_path: Path) -> None:
    store = FileFrameStore(tmp_path)
    writer, _ = writer_of(store)
    writer.write([picked(0), picked(1)])
    writer.flush()
    writer.write([picked(0, epoch=2)])
    assert writer.place([2 << 32]).chunk_ids == ("2-0",)
    assert store.get_chunk("cam", "1-0").shape[0] == 2


def test_frames_that_the_store_does_not_take_are_counted_and_writing_goes_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    store = FullStore(tmp_path)
    writer, counts = writer_of(store)
    writer.write([picked(seq) for seq in range(12)])
    assert counts.take() == FrameTally(dropped={"store_full": 12})
    assert writer.place([1 << 32 | 2]).chunk_ids == ("1-0",), "the clip is still requested; the worker counts it"
    store.is_full = False
    writer.write([picked(seq) for seq in range(12, 16)])
    assert counts.take() == FrameTally(published=4)
    assert [record.levelname for record in caplog.records] == ["WARNING"], "said once, not for every chunk"


def test_counts_that_could_not_be_reported_are_counted_again() -> None:
    counts = FrameCounts()
    counts.publish(3)
    counts.drop({"damaged": 2})
    tally = counts.take()
    counts.publish(1)
    counts.put_back(tally)
    assert counts.take() == FrameTally(published=4, dropped={"damaged": 2})
    assert counts.take().decoded == 0
