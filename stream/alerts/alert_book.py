"""The open alerts of one source, and the states that each goes through.

    pending --> active --> acknowledged --> resolved
                ^   \\--> latched --/          (latched: the condition is gone, nobody has acknowledged)
                 \\_________/                  (its next episode)

A pending alert is no alert yet: it is not told to anybody, and ends untold when its condition ends.
What nobody has acknowledged is never resolved behind people's backs: when its condition comes back, the same
alert is active again and counts one more episode.
"""

import hashlib
from collections.abc import Collection
from dataclasses import asdict, dataclass, replace
from typing import Any

from stream.alerts.rule import Rule, render
from stream.messages import Alert, AlertState

Key = tuple[str, str]
"""Rule and label: at most one alert is open for each."""


@dataclass(frozen=True)
class Facts:
    """What raised an alert, for its text and for programs."""

    score: float | None = None
    value: float | None = None
    unit: str = ""
    seconds: float | None = None
    reason: str = ""
    event_id: str | None = None


class AlertBook:
    """Opens, changes and closes the alerts of one source; every change that others must hear of is returned."""

    def __init__(self, source_id: str) -> None:
        self.source_id = source_id
        self._open: dict[Key, Alert] = {}

    def is_on(self, rule: Rule, label: str) -> bool:
        """Answer whether an alert is open whose condition still holds."""
        alert = self._open.get((rule.name, label))
        return alert is not None and alert.state in ("active", "acknowledged")

    def has(self, alert_id: str) -> bool:
        """Answer whether this alert is open here."""
        return any(alert.alert_id == alert_id for alert in self._open.values())

    def open(self, rule: Rule, label: str, episode: str, facts: Facts, now: float, *, is_pending: bool) -> list[Alert]:
        """Open the alert of an episode, or make a pending one active.

        A new episode makes an earlier alert of the same rule and label active again when nobody has
        acknowledged that one, and takes its place when somebody has: then a new alert asks for attention.
        """
        name = alert_id(rule.name, label, self.source_id, episode)
        text = _text(rule, self.source_id, label, facts)
        earlier = self._open.get((rule.name, label))
        if earlier and (earlier.episode_id or earlier.alert_id) == name:
            if earlier.state != "pending" or is_pending:
                return []
            activated = replace(earlier, text=text, score=facts.score, episode_at=now)
            return [self._change(activated, "active", now)]
        if earlier and earlier.state in ("active", "latched"):
            return [] if is_pending else [self._renew(earlier, name, text, facts, now)]
        told = self._resolve(earlier, now) if earlier else []
        alert = Alert(
            alert_id=name,
            episode_id=name,
            episode_at=now,
            rule=rule.name,
            source_id=self.source_id,
            label=label,
            severity=rule.severity,
            alert_class=rule.alert_class,
            state="pending" if is_pending else "active",
            text=text,
            raised_at=now,
            changed_at=now,
            score=facts.score,
            event_id=facts.event_id,
        )
        self._open[rule.name, label] = alert
        return told if is_pending else [*told, alert]

    def clear(self, rule: Rule, label: str, now: float) -> list[Alert]:
        """Say that the condition is gone."""
        alert = self._open.get((rule.name, label))
        if alert is None or alert.state == "latched":
            return []
        if alert.state == "active" and rule.is_latching:
            return [self._change(alert, "latched", now)]
        return self._resolve(alert, now)

    def acknowledge(self, alert_id: str, who: str, now: float) -> Alert:
        """Take note that a person has seen the alert; the first one stands.

        Raises:
            ValueError: no such alert is open.
        """
        alert = next((alert for alert in self._open.values() if alert.alert_id == alert_id), None)
        if alert is None or alert.state == "pending":
            raise ValueError(f"no alert {alert_id!r} is open; it may be resolved by now, see `vigil alerts list`")
        if alert.state == "acknowledged":
            return alert
        return self._change(replace(alert, acknowledged_by=who), _ACKNOWLEDGED[alert.state], now)

    def close_others(self, known: Collection[Key], now: float) -> list[Alert]:
        """Close the alerts that no rule speaks of any more: nothing could ever clear them.

        Those that nobody has acknowledged latch, so that somebody does.
        """
        orphans = [alert for key, alert in self._open.items() if key not in known and alert.state != "latched"]
        return [change for alert in orphans for change in self._close(alert, now)]

    def snapshot(self) -> list[dict[str, Any]]:
        """Return the open alerts as plain JSON values."""
        return [asdict(alert) for alert in self._open.values()]

    def restore(self, snapshot: list[dict[str, Any]]) -> None:
        """Take on the alerts that `snapshot` returned."""
        alerts = [Alert(**record) for record in snapshot]
        self._open = {(alert.rule, alert.label): alert for alert in alerts}

    def _renew(self, alert: Alert, episode_id: str, text: str, facts: Facts, now: float) -> Alert:
        """Count one more episode of an alert that nobody has acknowledged."""
        again = replace(
            alert,
            episode_id=episode_id,
            episode_at=now,
            num_episodes=alert.num_episodes + 1,
            text=text,
            score=facts.score,
            event_id=facts.event_id,
        )
        return self._change(again, "active", now)

    def _close(self, alert: Alert, now: float) -> list[Alert]:
        return [self._change(alert, "latched", now)] if alert.state == "active" else self._resolve(alert, now)

    def _change(self, alert: Alert, state: AlertState, now: float) -> Alert:
        raised_at = now if alert.state == "pending" else alert.raised_at
        changed = replace(alert, state=state, raised_at=raised_at, changed_at=now, revision=alert.revision + 1)
        if state == "resolved":
            self._open.pop((alert.rule, alert.label), None)
        else:
            self._open[alert.rule, alert.label] = changed
        return changed

    def _resolve(self, alert: Alert, now: float) -> list[Alert]:
        resolved = self._change(alert, "resolved", now)
        return [] if alert.state == "pending" else [resolved]


_ACKNOWLEDGED: dict[AlertState, AlertState] = {"active": "acknowledged", "latched": "resolved"}


def alert_id(rule_name: str, label: str, source_id: str, episode: str) -> str:
    """Name an alert by what it is about, so that a replay names the same alert."""
    return hashlib.sha256("\n".join((rule_name, label, source_id, episode)).encode()).hexdigest()


def _text(rule: Rule, source_id: str, label: str, facts: Facts) -> str:
    values = {name: value for name, value in asdict(facts).items() if name != "event_id"}
    text = render(rule.text, {"source": source_id, "label": label, **values})
    return "".join(character if character.isprintable() else " " for character in text)[:300]
