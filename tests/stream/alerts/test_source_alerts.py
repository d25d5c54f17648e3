"""The states of alerts, for every kind of condition; and that a restored source goes on undisturbed."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.results import Classification, Measurement, Result, result_to_json
from stream.alerts.monitoring import Monitoring
from stream.alerts.rule import Rule
from stream.alerts.source_alerts import SourceAlerts
from stream.messages import Alert, Event, InferenceResult

EVENT = {"kind": "event", "labels": ["out_of_bed"]}
QUIET = result_to_json(Classification(("none",), (1.0,)))


def rule(name: str = "r", when: dict[str, Any] | None = None, **more: Any) -> Rule:
    values = {"name": name, "when": when or EVENT, "severity": "medium", "text": "{source} {label} {reason}", **more}
    return Rule.model_validate(values)


def event(event_id: str = "e1", end: float | None = None, *, score: float = 0.8, label: str = "out_of_bed") -> Event:
    return Event(event_id, "bed1", "m", label, 1, 10.0, end, score, 12.0, 1010.0)


def result(end_seconds: float, value: Result | None = None) -> InferenceResult:
    content = result_to_json(value) if value else QUIET
    return InferenceResult(
        "bed1", "m", 1, round(end_seconds * 4), content, end_seconds - 2, end_seconds, 0.0, 0.0, 0.0, "w"
    )


def states(alerts: list[Alert]) -> list[tuple[str, int]]:
    return [(alert.state, alert.revision) for alert in alerts]


def test_alert_is_active_while_the_event_goes_on_and_resolved_after_it() -> None:
    source = SourceAlerts("bed1", [rule()])
    (raised,) = source.see_event(event(), 1.0)
    assert (raised.state, raised.raised_at, raised.text, raised.alert_class) == (
        "active",
        1.0,
        "bed1 out_of_bed ",
        "behaviour",
    )
    assert raised.event_id == "e1"
    (resolved,) = source.see_event(event(end=14.0), 2.0)
    assert (resolved.state, resolved.revision, resolved.raised_at, resolved.changed_at) == ("resolved", 2, 1.0, 2.0)
    assert resolved.alert_id == raised.alert_id


def test_latching_alert_stays_until_somebody_acknowledges_it() -> None:
    source = SourceAlerts("bed1", [rule(latching=True)])
    (raised,) = source.see_event(event(), 1.0)
    assert states(source.see_event(event(end=14.0), 2.0)) == [("latched", 2)]
    seen = source.acknowledge(raised.alert_id, "nurse", 3.0)
    assert (seen.state, seen.acknowledged_by) == ("resolved", "nurse")


def test_acknowledged_alert_is_resolved_when_its_condition_ends() -> None:
    source = SourceAlerts("bed1", [rule(latching=True)])
    (raised,) = source.see_event(event(), 1.0)
    assert source.acknowledge(raised.alert_id, "nurse", 2.0).state == "acknowledged"
    assert source.acknowledge(raised.alert_id, "other", 3.0).acknowledged_by == "nurse"
    assert states(source.see_event(event(end=14.0), 4.0)) == [("resolved", 3)]


def test_unknown_and_resolved_alerts_cannot_be_acknowledged() -> None:
    source = SourceAlerts("bed1", [rule()])
    (raised,) = source.see_event(event(), 1.0)
    source.see_event(event(end=14.0), 2.0)
    for alert_id in (raised.alert_id, "nothing"):
        with pytest.raises(ValueError, match=f"no alert '{alert_id}' is open"):
            source.acknowledge(alert_id, "nurse", 3.0)


def test_new_episode_makes_a_latched_alert_active_again_under_the_same_id() -> None:
    source = SourceAlerts("bed1", [rule(latching=True)])
    (first,) = source.see_event(event("e1"), 1.0)
    source.see_event(event("e1", 14.0), 2.0)
    (again,) = source.see_event(event("e2", score=0.9), 3.0)
    assert (again.alert_id, again.state, again.revision) == (first.alert_id, "active", 3)
    assert (again.num_episodes, again.raised_at, again.episode_at, again.changed_at) == (2, 1.0, 3.0, 3.0)
    assert (again.event_id, again.score) == ("e2", 0.9)
    assert source.see_event(event("e2", score=0.95), 4.0) == []
    assert states(source.see_event(event("e2", 18.0), 5.0)) == [("latched", 4)]
    assert source.acknowledge(first.alert_id, "nurse", 6.0).state == "resolved"


def test_new_episode_after_an_acknowledged_one_is_an_alert_of_its_own() -> None:
    source = SourceAlerts("bed1", [rule(latching=True)])
    (first,) = source.see_event(event("e1"), 1.0)
    source.acknowledge(first.alert_id, "nurse", 2.0)
    source.see_event(event("e1", 14.0), 3.0)
    (second,) = source.see_event(event("e2"), 4.0)
    assert (second.state, second.revision, second.num_episodes) == ("active", 1, 1)
    assert second.alert_id != first.alert_id


def test_latched_alert_is_told_of_the_next_episode_only_once_that_has_lasted_long_enough() -> None:
    source = SourceAlerts("bed1", [rule(when={**EVENT, "minimum_duration_seconds": 5}, latching=True)])
    source.see_event(event("e1"), 1.0)
    source.see_event(event("e1", 20.0), 2.0)
    assert source.see_event(event("e2"), 3.0) == []
    assert source.see_event(event("e2", 14.0), 4.0) == []  # too short to count
    assert source.see_event(event("e3"), 5.0) == []
    (again,) = source.see_result(result(15.0), [], 6.0)
    assert (again.state, again.num_episodes, again.event_id) == ("active", 2, "e3")


def test_second_model_that_sees_the_same_raises_no_second_alert() -> None:
    source = SourceAlerts("bed1", [rule()])
    assert len(source.see_event(event("e1"), 1.0)) == 1
    assert source.see_event(event("e2"), 2.0) == []
    assert source.see_event(event("e1", 14.0), 3.0) == []
    assert states(source.see_event(event("e2", 15.0), 4.0)) == [("resolved", 2)]


def test_alert_is_pending_and_untold_until_the_event_has_lasted_long_enough() -> None:
    source = SourceAlerts("bed1", [rule(when={**EVENT, "minimum_duration_seconds": 5})])
    assert source.see_result(result(12.0), [event()], 1.0) == []
    assert source.see_result(result(14.5), [], 2.0) == []
    (raised,) = source.see_result(result(15.0), [], 3.0)
    assert (raised.state, raised.raised_at) == ("active", 3.0)


def test_pending_alert_whose_event_ends_too_early_is_never_told() -> None:
    source = SourceAlerts("bed1", [rule(when={**EVENT, "minimum_duration_seconds": 5})])
    source.see_event(event(), 1.0)
    assert source.see_event(event(end=14.0), 2.0) == []
    assert not source.has_open_alerts


def test_events_of_other_labels_and_lower_scores_raise_nothing() -> None:
    source = SourceAlerts("bed1", [rule(when={**EVENT, "minimum_score": 0.7})])
    assert source.see_event(event(label="into_bed"), 1.0) == []
    assert source.see_event(event(score=0.6), 1.0) == []
    assert states(source.see_event(event(end=14.0, score=0.75), 2.0)) == [("active", 1), ("resolved", 2)]


def test_rule_is_deaf_to_sources_that_it_does_not_cover() -> None:
    assert SourceAlerts("bed1", [rule(sources=["icu*"])]).see_event(event(), 1.0) == []


LIVE = Monitoring("monitored", 0.0)
BLIND = Monitoring("not_monitored", 0.0, "stalled: silence")


def test_absence_is_raised_once_the_time_is_up_and_cleared_by_the_event() -> None:
    source = SourceAlerts("bed1", [rule(when={"kind": "absence", "labels": ["out_of_bed"], "for_seconds": 100})])
    assert source.see_monitoring(LIVE, 0.0) == source.see_monitoring(LIVE, 99.0) == []
    assert states(source.see_monitoring(LIVE, 100.0)) == [("active", 1)]
    assert source.see_monitoring(LIVE, 101.0) == []
    assert states(source.see_event(event(), 110.0)) == [("resolved", 2)]
    assert source.see_monitoring(LIVE, 300.0) == []  # the event goes on
    source.see_event(event(end=200.0), 310.0)
    assert source.see_monitoring(LIVE, 409.0) == []
    assert states(source.see_monitoring(LIVE, 410.0)) == [("active", 1)]


def test_absence_is_not_raised_for_a_source_that_nobody_watches() -> None:
    source = SourceAlerts("bed1", [rule(when={"kind": "absence", "labels": ["out_of_bed"], "for_seconds": 100})])
    source.see_monitoring(LIVE, 0.0)
    assert source.see_monitoring(BLIND, 200.0) == []
    assert states(source.see_monitoring(LIVE, 201.0)) == [("active", 1)]


def test_measurement_beyond_its_limit_is_raised_after_as_many_times_as_required() -> None:
    condition = {"kind": "measurement", "name": "ef_percent", "below": 40, "times": 2}
    source = SourceAlerts("bed1", [rule(when=condition, text="EF {value:.0f} {unit}")])

    def measure(second: float, value: float) -> list[Alert]:
        return source.see_result(result(second, Measurement("ef_percent", value, "%")), [], second)

    assert measure(1.0, 35.0) == measure(2.0, 45.0) == measure(3.0, 35.0) == []
    (raised,) = measure(4.0, 33.0)
    assert (raised.state, raised.label) == ("active", "ef_percent")
    assert raised.text == "EF 33 %"
    assert measure(5.0, 20.0) == []
    assert states(measure(6.0, 40.0)) == [("resolved", 3)]


def test_source_that_is_not_monitored_raises_a_technical_alert_until_it_is_live_again() -> None:
    source = SourceAlerts("bed1", [rule(when={"kind": "source"})])
    assert source.see_monitoring(LIVE, 0.0) == []
    (raised,) = source.see_monitoring(BLIND, 5.0)
    assert (raised.alert_class, raised.label, raised.text) == (
        "technical",
        "not_monitored",
        "bed1 not_monitored stalled: silence",
    )
    assert source.see_monitoring(Monitoring("not_monitored", 0.0, "failed: no route"), 6.0) == []
    assert states(source.see_monitoring(LIVE, 7.0)) == [("resolved", 2)]
    assert source.see_monitoring(Monitoring("ended", 0.0), 8.0) == []


def test_frozen_picture_can_raise_an_alert() -> None:
    source = SourceAlerts("bed1", [rule(when={"kind": "source", "state": "frozen"})])
    assert states(source.see_monitoring(Monitoring("monitored", 0.0, hints=("frozen",)), 1.0)) == [("active", 1)]
    assert states(source.see_monitoring(LIVE, 2.0)) == [("resolved", 2)]


def test_removal_of_a_source_clears_its_alerts() -> None:
    source = SourceAlerts("bed1", [rule("a"), rule("b", {"kind": "source"})])
    source.see_event(event(), 1.0)
    source.see_monitoring(BLIND, 1.0)
    assert [alert.state for alert in source.see_removal(2.0)] == ["resolved", "resolved"]


def test_alert_whose_rule_is_gone_waits_for_somebody_at_restart() -> None:
    old = SourceAlerts("bed1", [rule("old"), rule("kept")])
    (raised, _) = old.see_event(event(), 1.0)
    new = SourceAlerts("bed1", [rule("kept")])
    assert [(alert.rule, alert.state) for alert in new.restore(old.snapshot(), 2.0)] == [("old", "latched")]
    assert [alert.rule for alert in new.see_event(event(end=14.0), 3.0)] == ["kept"]
    again = SourceAlerts("bed1", [])
    assert again.restore(new.snapshot(), 4.0) == []
    assert again.acknowledge(raised.alert_id, "nurse", 5.0).state == "resolved"


RULES = [
    rule("event", {**EVENT, "minimum_duration_seconds": 2}, latching=True),
    rule("plain"),
    rule("absence", {"kind": "absence", "labels": ["out_of_bed"], "for_seconds": 5}),
    rule("ef", {"kind": "measurement", "name": "ef_percent", "below": 40, "times": 2}),
    rule("blind", {"kind": "source"}),
]
steps = st.lists(
    st.sampled_from(["begin", "end", "clip", "low", "normal", "live", "blind", "ack", "removed"]), max_size=40
)


def play(source: SourceAlerts, step: str, second: int, told: list[Alert]) -> list[Alert]:
    now = float(second)
    number = sum(alert.rule == "plain" and alert.state == "active" for alert in told)
    if step in ("begin", "end"):
        return source.see_event(event(f"e{number}", None if step == "begin" else 10.0 + second / 4), now)
    if step in ("clip", "low", "normal"):
        measured = {
            "clip": None,
            "low": Measurement("ef_percent", 30.0, "%"),
            "normal": Measurement("ef_percent", 60.0, "%"),
        }
        return source.see_result(result(10.0 + second / 4, measured[step]), [], now)
    if step == "ack":
        newest = next((alert for alert in reversed(told) if source.has(alert.alert_id)), None)
        return [source.acknowledge(newest.alert_id, "nurse", now)] if newest else []
    if step == "removed":
        return source.see_removal(now)
    return source.see_monitoring(LIVE if step == "live" else BLIND, now)


@settings(max_examples=150, deadline=None)
@given(steps, st.integers(0, 40))
def test_source_restored_at_any_point_goes_on_undisturbed(script: list[str], cut: int) -> None:
    steady, restarted = SourceAlerts("bed1", RULES), SourceAlerts("bed1", RULES)
    expected: list[Alert] = []
    found: list[Alert] = []
    for second, step in enumerate(script):
        if second == cut:
            state = json.loads(json.dumps(restarted.snapshot()))
            restarted = SourceAlerts("bed1", RULES)
            assert restarted.restore(state, float(second)) == []
        expected += play(steady, step, second, expected)
        found += play(restarted, step, second, found)
    assert found == expected


@settings(max_examples=150, deadline=None)
@given(steps)
def test_revisions_of_every_alert_rise_and_nothing_follows_its_end(script: list[str]) -> None:
    source = SourceAlerts("bed1", RULES)
    told: list[Alert] = []
    for second, step in enumerate(script):
        told += play(source, step, second, told)
    last: dict[str, Alert] = {}
    for alert in told:
        earlier = last.get(alert.alert_id)
        assert alert.state != "pending"
        assert (
            earlier is None or earlier == alert or (earlier.revision < alert.revision and earlier.state != "resolved")
        )
        last[alert.alert_id] = alert


@settings(max_examples=150, deadline=None)
@given(steps)
def test_alert_of_a_latching_rule_is_resolved_only_after_somebody_acknowledged_it(script: list[str]) -> None:
    source = SourceAlerts("bed1", [rule("plain", latching=True)])
    told: list[Alert] = []
    for second, step in enumerate(script):
        told += play(source, step.replace("clip", "begin"), second, told)
    assert all(alert.acknowledged_by for alert in told if alert.state == "resolved")
