"""Which sources count as monitored."""

from typing import Any

from stream.alerts.monitoring import SERVER_AWAY, Monitoring, MonitoringJudge
from stream.messages import SourceStatus


def status(reported_at: float, state: str = "live", **more: Any) -> SourceStatus:
    return SourceStatus("bed1", state, reported_at=reported_at, last_frame_at=990.0, **more)  # type: ignore[arg-type]


def judge(judge: MonitoringJudge, report: SourceStatus, now_seconds: float) -> Monitoring | None:
    return judge.judge({"bed1": report}, now_seconds).get("bed1")


def test_live_source_is_monitored_once_a_second_report_shows_that_it_lives() -> None:
    watcher = MonitoringJudge()
    assert judge(watcher, status(1000.0), 0.0) is None
    found = judge(watcher, status(1001.0), 1.0)
    assert found is not None
    assert found.state == "monitored"


def test_source_whose_ingester_falls_silent_is_not_monitored_after_three_seconds() -> None:
    watcher = MonitoringJudge()
    judge(watcher, status(1000.0), 0.0)
    judge(watcher, status(1001.0), 1.0)
    still = judge(watcher, status(1001.0), 4.0)
    gone = judge(watcher, status(1001.0), 4.1)
    assert still is not None
    assert still.state == "monitored"
    assert gone == Monitoring("not_monitored", 990.0, "no report from its ingester")


def test_server_that_is_away_is_the_reason_and_its_return_blames_no_ingester() -> None:
    watcher = MonitoringJudge()
    judge(watcher, status(1000.0), 0.0)
    judge(watcher, status(1001.0), 1.0)
    last = {"bed1": status(1001.0)}
    assert watcher.judge(last, 3.0, is_server_away=True)["bed1"].state == "monitored"
    away = watcher.judge(last, 9.0, is_server_away=True)["bed1"]
    assert away == Monitoring("not_monitored", 990.0, SERVER_AWAY)
    assert judge(watcher, status(1001.0), 9.5) is None, "the server may have old reports only"
    back = judge(watcher, status(1010.0), 10.0)
    assert back is not None
    assert back.state == "monitored"
    judge(watcher, status(1010.0), 12.0)
    gone = judge(watcher, status(1010.0), 13.1)
    assert gone is not None
    assert gone.reason == "no report from its ingester"


def test_skewed_clock_of_an_ingester_raises_no_alarm() -> None:
    watcher = MonitoringJudge()
    for second in range(20):
        found = judge(watcher, status(5.0 + second), float(second))
        assert found is None or found.state == "monitored"


def test_stalled_failed_and_refused_sources_are_not_monitored_at_once() -> None:
    for state in ("stalled", "failed", "refused"):
        found = judge(MonitoringJudge(), status(1000.0, state, reason="no route"), 0.0)
        assert found is not None
        assert (found.state, found.reason) == ("not_monitored", f"{state}: no route")


def test_file_that_has_ended_is_no_alarm_also_when_its_ingester_has_gone() -> None:
    watcher = MonitoringJudge()
    judge(watcher, status(1000.0, "ended"), 0.0)
    found = judge(watcher, status(1000.0, "ended"), 60.0)
    assert found is not None
    assert found.state == "ended"


def test_connecting_says_nothing_until_it_takes_too_long() -> None:
    watcher = MonitoringJudge()
    found = [judge(watcher, status(1000.0 + second, "connecting"), float(second)) for second in range(13)]
    assert found[:11] == [None] * 11
    assert found[12] == Monitoring("not_monitored", 990.0, "connecting")
