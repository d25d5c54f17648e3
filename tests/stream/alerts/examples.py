"""Values that the tests of alerts share."""

from typing import Any

from stream.messages import Alert


def make_alert(**changes: Any) -> Alert:
    values: dict[str, Any] = {
        "alert_id": "a" * 64,
        "rule": "out_of_bed",
        "source_id": "bed1",
        "label": "out_of_bed",
        "severity": "medium",
        "alert_class": "behaviour",
        "state": "active",
        "text": "bed1: patient gets out of bed",
        "raised_at": 1000.0,
        "changed_at": 1000.0,
    }
    return Alert(**{**values, **changes})
