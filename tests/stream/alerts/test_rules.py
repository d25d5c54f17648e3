"""Rules: the shipped ones, and that a wrong one is refused by file, line and key."""

from pathlib import Path

import pytest

from stream.alerts.rule import render
from stream.alerts.rules import load_rules, read_rules

GOOD = """\
rules:
  - name: out_of_bed
    when: {kind: event, labels: [out_of_bed], minimum_score: 0.7}
    sources: ["bed*"]
    severity: medium
    text: "{source}: {label} {score:.2f}"
  - name: low_ef
    when:
      kind: measurement
      name: ef_percent
      below: 40
    severity: high
    text: "{source}: EF {value:.0f} {unit}"
"""


def test_shipped_rules_cover_the_four_activities_falls_and_blind_cameras() -> None:
    rules = {rule.name: rule for rule in load_rules()}
    activities, blindness = (
        {"into_bed", "out_of_bed", "into_chair", "out_of_chair"},
        {"not_monitored", "not_analysed", "dark", "frozen"},
    )
    assert set(rules) == activities | {"fall"} | blindness
    assert (rules["fall"].severity, rules["fall"].is_latching) == ("high", True)
    assert (rules["out_of_bed"].severity, rules["into_bed"].severity) == ("medium", "low")
    assert all(rules[name].alert_class == "technical" for name in blindness)
    assert not rules["not_monitored"].is_latching


def test_rules_of_the_settings_replace_the_shipped_ones() -> None:
    record = {"name": "a", "when": {"kind": "source"}, "severity": "low", "text": "t"}
    assert [rule.name for rule in load_rules((record,))] == ["a"]


def test_rule_covers_the_sources_that_its_globs_match(tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text(GOOD)
    rule, _ = read_rules(path)
    assert rule.covers("bed12")
    assert not rule.covers("icu-bed")


def test_high_severity_latches_unless_the_rule_says_otherwise(tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text(GOOD)
    assert [rule.is_latching for rule in read_rules(path)] == [False, True]


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ("severity: medium", "severity: urgent", r"rules.yaml:5: rules\[0\].severity: must be 'info'"),
        ("severity: medium", "severty: medium", r"rules.yaml:5: rules\[0\].severty: unknown key"),
        ("severity: medium", "severty: medium", r"rules.yaml:2: rules\[0\].severity: required, but not given"),
        ("minimum_score: 0.7", "minimum_score: .nan", r"rules.yaml:3: rules\[0\].when.minimum_score: .*"),
        ("minimum_score: 0.7", "min_score: 0.7", r"rules.yaml:3: rules\[0\].when.min_score: unknown key"),
        ("below: 40", "below: 40\n      above: 60", r"rules.yaml:8: rules\[1\].when: give either `below` or `above`"),
        ("name: low_ef", "name: out_of_bed", r"rules.yaml:7: rules\[1\].name: every rule needs a name of its own"),
        ("{label}", "{patient}", r"rules.yaml:6: rules\[0\].text: .*found 'patient'"),
        ("{label}", "{source.__class__}", r"rules.yaml:6: rules\[0\].text: .*found 'source.__class__'"),
        ("{score:.2f}", "{score:999999999f}", r"rules.yaml:6: rules\[0\].text: .*found 'score'"),
        ("severity: medium", "severity: medium\n    severity: low", "rules.yaml:6: the key 'severity' is given twice"),
        ("[out_of_bed]", "&x [*x]", "rules.yaml:3: aliases"),
        ("name: low_ef", "name: !!python/object:os.system {}", "rules.yaml:.*a tag .* is not used here"),
        ("rules:", "rule:", "must hold the one key `rules`"),
        ("sources: [", "sources: [[", "rules.yaml:.*is not YAML"),
    ],
)
def test_wrong_rule_is_refused_by_file_line_and_key(tmp_path: Path, old: str, new: str, where: str) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text(GOOD.replace(old, new, 1))
    with pytest.raises(ValueError, match=where):
        read_rules(path)


def test_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"rules.yaml cannot be read: No such file"):
        read_rules(tmp_path / "rules.yaml")


def test_what_is_not_known_stays_empty_in_the_text() -> None:
    assert render("{source} {score:.2f} {unit}.", {"source": "bed1", "score": None}) == "bed1 nan ."
