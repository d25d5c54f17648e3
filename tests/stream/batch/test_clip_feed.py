"""Tests of stream/batch/clip_feed.py with a real decoder child."""

import threading
import time
from pathlib import Path

import pytest

from models.samples import Sample
from stream.batch.clip_feed import ClipFeed, PreparedClip
from stream.batch.decoder import Decoder
from stream.batch.wire import DecodeOrder
from stream.errors import SourceRefused
from tests.stream.batch.scenery import Brightness, write_video


class Counting(Brightness):
    """Counts the clips that it has prepared."""

    num_prepared = 0

    def prepare(self, sample: Sample) -> float:
        self.num_prepared += 1
        return super().prepare(sample)


def feed_of(video: Path, predictor: Brightness, depth: int) -> ClipFeed:
    assert predictor.clip_spec is not None
    order = DecodeOrder(str(video), {predictor.name: predictor.clip_spec})
    return ClipFeed(Decoder(order), {predictor.name: predictor}, depth=depth)


def test_clips_come_prepared_and_in_order(tmp_path: Path) -> None:
    video = write_video(tmp_path / "a.mp4", [0.2] * 100)
    with feed_of(video, Brightness(), depth=3) as feed:
        clips = [item for item in feed if isinstance(item, PreparedClip)]
    assert [clip.planned.clip_index for clip in clips] == list(range(9))
    assert clips[0].prepared == pytest.approx(0.22, abs=0.03)
    assert feed.prepare_seconds > 0


def test_no_more_clips_are_prepared_ahead_than_asked_for(tmp_path: Path) -> None:
    video = write_video(tmp_path / "a.mp4", [0.2] * 600)
    predictor = Counting()
    with feed_of(video, predictor, depth=3) as feed:
        items = iter(feed)
        next(items)
        deadline = time.monotonic() + 20
        seen, settled_at = -1, time.monotonic()
        while time.monotonic() - settled_at < 0.5 and time.monotonic() < deadline:
            if predictor.num_prepared != seen:
                seen, settled_at = predictor.num_prepared, time.monotonic()
            time.sleep(0.02)
        assert 1 <= predictor.num_prepared <= 4
        assert sum(isinstance(item, PreparedClip) for item in items) > 50


def test_what_goes_wrong_in_the_thread_is_raised_where_the_clips_are_wanted(tmp_path: Path) -> None:
    with (
        feed_of(tmp_path / "missing.mp4", Brightness(), depth=2) as feed,
        pytest.raises(SourceRefused, match=r"missing\.mp4"),
    ):
        list(feed)


def test_leaving_in_the_middle_leaves_no_thread_and_no_process(tmp_path: Path) -> None:
    video = write_video(tmp_path / "a.mp4", [0.2] * 1000)
    predictor = Brightness()
    assert predictor.clip_spec is not None
    decoder = Decoder(DecodeOrder(str(video), {predictor.name: predictor.clip_spec}))
    with ClipFeed(decoder, {predictor.name: predictor}, depth=2) as feed:
        next(iter(feed))
    assert not Path(f"/proc/{decoder.process_id}").exists()
    assert "clip feed" not in {thread.name for thread in threading.enumerate()}
