"""Which live sources count as analysed."""

import pytest

from stream.alerts.analysis_judge import SILENCE_SECONDS, AnalysisJudge
from stream.alerts.monitoring import SERVER_AWAY, Monitoring
from stream.messages import InferenceResult, SourceStatus
from stream.queue.account import Gap

WALL = 1_000_000.0  # 13:46:40 UTC
LIVE = Monitoring("monitored", WALL, hints=("dark",))
MODELS = {"fast": 2.0, "slow": 4.0}


def status(second: float, models: dict[str, float] | None = None) -> SourceStatus:
    return SourceStatus("bed1", "live", epoch=1, reported_at=WALL + second, clip_seconds=models or MODELS)


def result(model: str, second: float) -> InferenceResult:
    """A clip of two seconds whose last picture was taken at that second."""
    return InferenceResult("bed1", model, 1, 0, {}, 0.0, 2.0, WALL + second, 0.0, 0.0, "w")


def judge(judge: AnalysisJudge, second: float, models: dict[str, float] | None = None) -> Monitoring:
    return judge.judge(status(second, models), LIVE, second)


def test_source_is_analysed_until_a_model_is_silent_for_longer_than_its_clips_take_and_the_patience() -> None:
    watcher = AnalysisJudge()
    assert judge(watcher, 0.0) == LIVE
    assert judge(watcher, SILENCE_SECONDS + 2.0) == LIVE
    lapsed = judge(watcher, SILENCE_SECONDS + 2.1)
    assert (lapsed.state, lapsed.since, lapsed.hints) == ("not_analysed", WALL, ("dark",))
    assert lapsed.reason == "no result of fast, slow since 13:46:40 UTC", "both fell silent together"


def test_only_the_model_that_is_silent_is_named() -> None:
    watcher = AnalysisJudge()
    judge(watcher, 0.0)
    for second in range(1, 20):
        watcher.see_result(result("slow", float(second)), float(second))
    assert judge(watcher, 19.0).reason == "no result of fast since 13:46:40 UTC"


def test_result_ends_the_silence_and_tells_of_the_gap_up_to_the_first_picture_of_its_clip() -> None:
    watcher = AnalysisJudge()
    judge(watcher, 0.0, {"fast": 2.0})
    assert watcher.see_result(result("fast", 5.0), 5.0) == []
    assert judge(watcher, 40.0, {"fast": 2.0}).state == "not_analysed"
    gaps = watcher.see_result(result("fast", 41.0), 41.0)
    assert gaps == [Gap("bed1", 1, WALL + 5.0, WALL + 39.0, "no result of fast", kind="not_analysed")]
    assert judge(watcher, 41.0, {"fast": 2.0}) == LIVE


def test_model_whose_clips_are_far_apart_is_given_the_time_that_they_take() -> None:
    watcher = AnalysisJudge()
    judge(watcher, 0.0, {"hourly": 60.0})
    assert judge(watcher, 70.0, {"hourly": 60.0}) == LIVE
    assert watcher.see_result(result("hourly", 70.0), 70.0) == []


def test_source_that_goes_away_ends_the_gap_and_is_awaited_anew_when_it_is_back() -> None:
    watcher = AnalysisJudge()
    judge(watcher, 0.0, {"fast": 2.0})
    judge(watcher, 30.0, {"fast": 2.0})
    away = Monitoring("not_monitored", WALL + 30.0, "stalled")
    assert [(gap.from_at, gap.to_at) for gap in watcher.see_away(status(31.0), away)] == [(WALL, WALL + 30.0)]
    assert watcher.see_away(status(32.0), away) == []
    assert judge(watcher, 100.0, {"fast": 2.0}) == LIVE
    assert watcher.see_result(result("fast", 103.0), 103.0) == []


@pytest.mark.parametrize("is_lapsed", [False, True])
def test_silence_while_the_server_is_away_is_no_models_fault_but_a_gap_all_the_same(is_lapsed: bool) -> None:
    watcher = AnalysisJudge()
    judge(watcher, 0.0, {"fast": 2.0})
    assert (judge(watcher, 20.0 if is_lapsed else 1.0, {"fast": 2.0}).state == "not_analysed") is is_lapsed
    assert watcher.see_away(status(1.0), Monitoring("not_monitored", WALL, SERVER_AWAY)) == []
    assert (judge(watcher, 60.0, {"fast": 2.0}).state == "not_analysed") is is_lapsed
    assert [gap.to_at for gap in watcher.see_result(result("fast", 62.0), 62.0)] == [WALL + 60.0]


def test_restored_judge_still_knows_what_was_silent_and_since_when() -> None:
    before, after = AnalysisJudge(), AnalysisJudge()
    judge(before, 0.0)
    expected = judge(before, 30.0)
    after.restore("bed1", before.snapshot("bed1") or {})
    assert judge(after, 5.0) == expected
    assert after.snapshot("bed1") == before.snapshot("bed1")
    after.forget("bed1")
    assert after.snapshot("bed1") is None


def test_source_that_names_no_model_is_not_awaited() -> None:
    watcher = AnalysisJudge()
    silent = SourceStatus("bed1", "live")
    assert [watcher.judge(silent, LIVE, second) for second in (0.0, 1e6)] == [LIVE, LIVE]
