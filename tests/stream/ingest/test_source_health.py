"""The state machine of a source, with clocks of the test's own."""

import pytest

from models.predictor import ClipSpec
from stream.ingest.source_health import SLOW_DECODING, SourceHealth
from stream.sources.frame import DecodedFrame, RgbPicture
from stream.sources.reader import MediaInfo

MEDIA = MediaInfo("rtsp", "rtsp", "h264", 640, 480, 25.0, None, None)


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


class Watched:
    """A health with its clock, and how often it said that it changed."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.num_changes = 0
        self.health = SourceHealth(
            "cam",
            stall_after_seconds=3.0,
            on_change=self._note,
            clock=self.clock,
            wall_clock=lambda: self.clock() + 1e9,
        )

    def _note(self) -> None:
        self.num_changes += 1

    def frames(self, count: int, rate_hz: float = 25.0, epoch: int = 1) -> None:
        for _ in range(count):
            self.clock.now += 1 / rate_hz
            frame = DecodedFrame(0.0, self.clock() + 1e9, 640, 480, RgbPicture(None))  # type: ignore[arg-type]
            self.health.frame_seen(frame, epoch=epoch)

    def stay_silent(self, seconds: float) -> None:
        self.clock.now += seconds
        self.health.check()


@pytest.fixture
def watched() -> Watched:
    return Watched()


def test_a_source_is_connecting_until_its_first_frame(watched: Watched) -> None:
    assert watched.health.status().state == "connecting"
    watched.health.opened(MEDIA)
    assert watched.health.state == "connecting"
    watched.frames(50, epoch=7)
    status = watched.health.status()
    assert (status.state, status.reason, status.epoch, status.reconnects) == ("live", "", 7, 0)
    assert (status.width, status.height, status.codec) == (640, 480, "h264")
    assert status.frame_rate_hz == pytest.approx(25.0, abs=0.1)
    assert status.last_frame_at == status.reported_at


def test_the_rate_is_the_one_measured_and_not_the_one_declared(watched: Watched) -> None:
    watched.health.opened(MEDIA)
    watched.frames(200, rate_hz=21.0)
    assert watched.health.status().frame_rate_hz == pytest.approx(21.0, abs=0.1)


def test_a_source_that_is_decoded_too_slowly_is_live_and_says_so_until_it_keeps_up(watched: Watched) -> None:
    watched.frames(1)
    for is_slow, reason in ((True, SLOW_DECODING), (True, SLOW_DECODING), (False, "")):
        frame = DecodedFrame(0.0, watched.clock() + 1e9, 640, 480, RgbPicture(None))  # type: ignore[arg-type]
        watched.health.frame_seen(frame, epoch=1, is_slow=is_slow)
        status = watched.health.status()
        assert (status.state, status.reason, status.reconnects) == ("live", reason, 0)
    assert watched.num_changes == 3, "it came, it was slow, it kept up"


def test_silence_stalls_a_live_source_and_a_frame_revives_it(watched: Watched) -> None:
    watched.frames(10)
    watched.stay_silent(2.9)
    assert watched.health.state == "live"
    watched.stay_silent(0.2)
    status = watched.health.status(hints=("dark",))
    assert (status.state, status.reason) == ("stalled", "no frame came for 3 s")
    assert (status.frame_rate_hz, status.hints) == (0.0, ())
    watched.frames(1)
    assert (watched.health.state, watched.health.status().reconnects) == ("live", 1)


def test_a_lost_source_stays_stalled_over_every_failed_try(watched: Watched) -> None:
    watched.frames(5)
    watched.health.lost("the camera ended the stream")
    changed_at = watched.health.status().changed_at
    watched.clock.now += 4
    watched.health.lost("nobody listens at 10.0.0.9")
    status = watched.health.status()
    assert (status.state, status.reason, status.changed_at) == ("stalled", "nobody listens at 10.0.0.9", changed_at)


def test_a_source_that_never_came_has_failed(watched: Watched) -> None:
    watched.health.lost("nobody listens at 10.0.0.9")
    assert watched.health.state == "failed"
    watched.health.refused("not a video")
    assert watched.health.state == "refused"
    watched.frames(1)
    assert watched.health.state == "live"


def test_silence_is_no_stall_where_nothing_is_expected(watched: Watched) -> None:
    watched.stay_silent(60)
    assert watched.health.state == "connecting"
    watched.frames(1)
    watched.health.ended()
    watched.stay_silent(60)
    assert watched.health.state == "ended"


def test_a_reader_that_does_not_come_back_in_its_own_time_is_hung(watched: Watched) -> None:
    watched.stay_silent(1000)
    assert not watched.health.is_hung
    watched.health.expect_within(28.0)
    watched.stay_silent(27.9)
    assert not watched.health.is_hung
    watched.stay_silent(0.2)
    assert watched.health.is_hung


def test_every_change_is_told_once(watched: Watched) -> None:
    watched.frames(100)
    assert watched.num_changes == 1
    watched.stay_silent(4)
    watched.stay_silent(4)
    assert watched.num_changes == 2


def test_the_report_says_how_much_video_the_clips_of_each_model_take() -> None:
    models = {"window": ClipSpec(16, 8.0, 0.5, 64), "centred": ClipSpec(16, 8.0, 1.0, 64, 48, 48)}
    health = SourceHealth("cam", stall_after_seconds=3.0, models=models)
    assert health.status().clip_seconds == {"window": 2.5, "centred": 9.0}
