import itertools
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from stream.sources.frame import DecodedFrame, RgbPicture
from stream.sources.live_playback import LivePlayback
from stream.sources.opening import open_source
from stream.sources.reader import ClosingReader, MediaInfo
from stream.sources.video_file import VideoFileReader

PICTURE = RgbPicture(np.zeros((4, 4, 3), np.uint8))
WALL_AT_ZERO = 1_700_000_000.0


class FakeTime:
    """A clock that moves only when somebody waits, or is slow."""

    def __init__(self) -> None:
        self.now = 100.0
        self.waits: list[float] = []

    def clock(self) -> float:
        return self.now

    def wall_clock(self) -> float:
        return WALL_AT_ZERO + self.now

    def wait(self, seconds: float) -> None:
        assert seconds > 0
        self.waits.append(seconds)
        self.now += seconds


class Recording(ClosingReader):
    """A recording with the given frame times."""

    def __init__(self, times: list[float | None], rate_hz: float | None = 10.0) -> None:
        super().__init__()
        self._times = times
        self.num_decoded = self.num_damaged = 0
        self.is_closed = False
        self.media = MediaInfo("file", "mp4", "h264", 4, 4, rate_hz, None, len(times))

    def __iter__(self) -> Iterator[DecodedFrame]:
        for time in self._times:
            self.num_decoded += 1
            yield DecodedFrame(time, 0.0, 4, 4, PICTURE)

    def close(self) -> None:
        self.is_closed = True


def play(
    times: list[float | None],
    fake: FakeTime,
    *,
    loop: bool = False,
    rate_hz: float | None = 10.0,
    kind: type[Recording] = Recording,
) -> LivePlayback:
    return LivePlayback(
        lambda: kind(times, rate_hz), loop=loop, clock=fake.clock, wait=fake.wait, wall_clock=fake.wall_clock
    )


def first(playback: LivePlayback, count: int) -> list[DecodedFrame]:
    return list(itertools.islice(playback, count))


def test_frames_come_when_they_are_due_and_captured_at_follows() -> None:
    fake = FakeTime()
    frames = list(play([5.0, 5.1, 5.5], fake))
    assert [frame.pts_seconds for frame in frames] == [5.0, 5.1, 5.5]
    assert fake.waits == pytest.approx([0.1, 0.4])
    assert [frame.captured_at - WALL_AT_ZERO - 100.0 for frame in frames] == pytest.approx([0.0, 0.1, 0.5])


def test_loop_continues_the_times_by_one_frame_and_never_starts_anew() -> None:
    fake = FakeTime()
    playback = play([0.0, 0.1, 0.2], fake, loop=True)
    frames = first(playback, 9)
    assert [frame.pts_seconds for frame in frames] == pytest.approx([index / 10 for index in range(9)])
    assert fake.now == pytest.approx(100.8)
    assert playback.num_decoded == 9


def test_pass_that_starts_late_continues_all_the_same() -> None:
    frames = first(play([3.0, 3.5], FakeTime(), loop=True, rate_hz=2.0), 6)
    assert [frame.pts_seconds for frame in frames] == pytest.approx([3.0, 3.5, 4.0, 4.5, 5.0, 5.5])


def test_recording_without_declared_rate_loops_by_a_usual_frame() -> None:
    frames = first(play([0.0], FakeTime(), loop=True, rate_hz=None), 3)
    assert [frame.pts_seconds for frame in frames] == pytest.approx([0.0, 0.04, 0.08])


def test_frame_without_time_follows_at_once() -> None:
    fake = FakeTime()
    frames = list(play([0.0, None, 0.2], fake))
    assert [frame.pts_seconds for frame in frames] == [0.0, None, 0.2]
    assert fake.waits == pytest.approx([0.2])


def test_late_frames_are_skipped_and_counted_until_time_is_caught_up_with() -> None:
    fake = FakeTime()
    playback = play([index / 10 for index in range(100)], fake)
    shown = []
    for frame in playback:
        shown.append(frame.pts_seconds)
        if len(shown) == 3:
            fake.now += 5.0  # the consumer is slow once
    assert shown[:3] == [0.0, 0.1, 0.2]
    assert shown[3] == pytest.approx(4.3, abs=0.11)
    assert playback.num_skipped == pytest.approx(40, abs=1)
    assert len(shown) + playback.num_skipped == playback.num_decoded == 100


def test_small_delays_skip_nothing() -> None:
    fake = FakeTime()
    playback = play([index / 10 for index in range(50)], fake)
    for _ in playback:
        fake.now += 0.05
    assert playback.num_skipped == 0


def test_decoder_that_can_never_catch_up_still_shows_something() -> None:
    fake = FakeTime()

    class Slow(Recording):
        def __iter__(self) -> Iterator[DecodedFrame]:
            for frame in super().__iter__():
                fake.now += 0.5
                yield frame

    slow = play([index / 10 for index in range(1200)], fake, kind=Slow)
    shown_at = []
    captured = []
    for frame in slow:
        shown_at.append(fake.now)
        captured.append(frame.captured_at)
    assert max(np.diff(shown_at)) <= 1.5, "long before it counts as stalled"
    assert captured == sorted(captured)
    assert slow.is_slower_than_real_time


def test_decoder_that_was_slow_and_keeps_up_again_is_not_called_slow() -> None:
    fake = FakeTime()

    class SlowAtFirst(Recording):
        def __iter__(self) -> Iterator[DecodedFrame]:
            for frame in super().__iter__():
                fake.now += 0.5 if self.num_decoded < 50 else 0.01
                yield frame

    playback = play([index / 10 for index in range(200)], fake, kind=SlowAtFirst)
    was_slow = [playback.is_slower_than_real_time for _ in playback]
    assert (any(was_slow), was_slow[-1]) == (True, False)


def test_each_pass_closes_the_one_before() -> None:
    opened: list[Recording] = []

    def open_recording() -> Recording:
        opened.append(Recording([0.0, 0.1]))
        return opened[-1]

    fake = FakeTime()
    with LivePlayback(open_recording, loop=True, clock=fake.clock, wait=fake.wait) as playback:
        first(playback, 5)
    assert len(opened) == 3
    assert all(recording.is_closed for recording in opened)


def test_real_file_loops_with_rising_times(small_video: Path) -> None:
    fake = FakeTime()
    with LivePlayback(
        lambda: VideoFileReader(small_video, max_pixels=64 * 48), loop=True, clock=fake.clock, wait=fake.wait
    ) as playback:
        frames = first(playback, 75)
    steps = np.diff([frame.pts_seconds for frame in frames])
    np.testing.assert_allclose(steps, 0.04, atol=1e-6)
    assert fake.now - 100.0 == pytest.approx(74 * 0.04)


def test_loop_that_is_not_live_is_a_misuse(small_video: Path) -> None:
    with pytest.raises(ValueError, match="pass is_live=True"):
        open_source(str(small_video), loop=True)
