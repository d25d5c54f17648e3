"""What a tile says about its source."""

from dataclasses import replace

from app.dashboard.wall.tiles import SILENT_AFTER_SECONDS, make_tiles
from models.results import Classification, Measurement, Motion, result_to_json
from stream.messages import Alert, AlertState, InferenceResult, Severity, SourceStatus

NOW = 1_800_000_000.0


def status(source_id: str = "bed-1", *, state: str = "live", reported_at: float = NOW - 0.5) -> SourceStatus:
    return SourceStatus(
        source_id,
        state,
        last_frame_at=reported_at - 0.1,
        changed_at=NOW - 60,
        reported_at=reported_at,  # type: ignore[arg-type]
    )


def result(model: str, value: Classification | Motion | Measurement) -> InferenceResult:
    return InferenceResult("bed-1", model, 1, 0, result_to_json(value), 0.0, 1.0, NOW - 1, NOW - 1, NOW, "worker")


def alert(severity: Severity, state: AlertState = "active") -> Alert:
    return Alert(f"{severity}{state}", "rule", "bed-1", "fall", severity, "behaviour", state, "Fall", NOW, NOW)


def test_classification_is_the_headline_whatever_the_order() -> None:
    results = [
        result("a_motion", Motion(3.2, 9.0, (0.0, 0.0), 0.25)),
        result("b_activity", Classification(("none", "out_of_bed"), (0.1, 0.9))),
    ]
    (tile,) = make_tiles({"bed-1": status()}, {"bed-1": results}, [], now=NOW)
    assert [reading.label for reading in tile.readings] == ["out_of_bed", "motion"]
    assert tile.readings[0].text == "out of bed  90%"
    assert not tile.readings[0].is_quiet


def test_score_of_nothing_is_no_figure_for_a_nurse() -> None:
    results = [result("activity", Classification(("none", "out_of_bed"), (0.97, 0.03)))]
    (tile,) = make_tiles({"bed-1": status()}, {"bed-1": results}, [], now=NOW)
    assert (tile.readings[0].text, tile.readings[0].is_quiet) == ("no activity", True)


def test_model_that_never_said_anything_is_awaited_since_the_source_is_live() -> None:
    silent = replace(status(), clip_seconds={"activity": 2.0, "motion": 1.0})
    results = [result("activity", Classification(("none", "out_of_bed"), (0.1, 0.9)))]
    (tile,) = make_tiles({"bed-1": silent}, {"bed-1": results}, [], now=NOW)
    assert [reading.model for reading in tile.readings] == ["activity", "motion"]
    assert (tile.readings[1].text, tile.readings[1].captured_at) == ("", NOW - 60)


def test_measurement_is_shown_with_its_unit() -> None:
    measured = result("echo", Measurement("EF", 54.6, "%"))
    (tile,) = make_tiles({"bed-1": status()}, {"bed-1": [measured]}, [], now=NOW)
    assert tile.readings[0].text == "EF 54.6 %"


def test_source_whose_ingester_is_gone_is_silent_not_live() -> None:
    old = status(reported_at=NOW - SILENT_AFTER_SECONDS - 0.1)
    (tile,) = make_tiles({"bed-1": old}, {}, [], now=NOW)
    assert (tile.state, tile.changed_at) == ("silent", old.reported_at)
    assert tile.reason


def test_file_that_ended_stays_ended_though_nobody_reports() -> None:
    (tile,) = make_tiles({"bed-1": status(state="ended", reported_at=NOW - 500)}, {}, [], now=NOW)
    assert tile.state == "ended"


def test_worst_unacknowledged_alert_colours_the_tile() -> None:
    alerts = [alert("low"), alert("medium"), alert("high", "acknowledged"), alert("high", "resolved")]
    (tile,) = make_tiles({"bed-1": status()}, {}, alerts, now=NOW)
    assert tile.severity == "medium"


def test_tiles_come_in_the_order_of_their_names() -> None:
    statuses = {name: status(name) for name in ("c", "a", "b")}
    assert [tile.source_id for tile in make_tiles(statuses, {}, [], now=NOW)] == ["a", "b", "c"]
