"""Subscriptions of `vigil alerts`: who hears of which alerts, and what became of it."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, cast

import typer

from app.console.connection import connect, read_settings
from app.console.exits import EXIT_FAILED, EXIT_WRONG_USE, fail
from app.console.options import ConfigOption, JsonOption
from stream.messages import Severity

IdArgument = Annotated[str, typer.Argument(help="Id of a subscription, as `vigil alerts subscriptions` shows it.")]


def subscribe(
    webhook: Annotated[str | None, typer.Option(help="URL that gets signed JSON by POST.")] = None,
    email: Annotated[str | None, typer.Option(help="E-mail address.")] = None,
    redis: Annotated[str | None, typer.Option(help="Channel of the Redis server.")] = None,
    sse: Annotated[str | None, typer.Option(help="Name to follow by: /api/alerts/stream?subscription=NAME.")] = None,
    name: Annotated[str | None, typer.Option(help="What listings call it; without it, where it goes.")] = None,
    source: Annotated[
        list[str] | None, typer.Option(help="Glob of source ids, such as 'bed*'; may be repeated.")
    ] = None,
    label: Annotated[list[str] | None, typer.Option(help="Glob of labels or rules; may be repeated.")] = None,
    min_severity: Annotated[str, typer.Option(help="info, low, medium or high.")] = "info",
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Send alerts to a receiver from now on; a webhook's secret is shown this once."""
    from stream.alert_desk import AlertDesk
    from stream.alerts.subscriptions import new_subscription
    from stream.source_registry import SourceRegistry

    try:
        receiver = _receiver(webhook=webhook, email=email, redis=redis, sse=sse)
        subscription = new_subscription(
            name=name or f"{receiver['kind']} {'' if webhook else email or redis or sse}".strip(),
            receiver=receiver,
            sources=source or ["*"],
            labels=label or ["*"],
            minimum_severity=cast(Severity, min_severity),
        )
    except ValueError as error:
        fail(str(error), EXIT_WRONG_USE)
    bus = connect(config)
    _warn_of_unknown("--source", source or (), set(SourceRegistry(bus).all()), "`vigil sources list` names the sources")
    _warn_of_unknown("--label", label or (), _alert_names(config), "configs/rules.yaml, or watch.rules, names them")
    try:
        stored = AlertDesk(bus).subscribe(subscription)
    except ValueError as error:
        fail(str(error), EXIT_FAILED)
    if as_json:
        typer.echo(json.dumps({**stored.public_record(), "secret": stored.secret}))
        return
    typer.echo(f"subscribed {stored.subscription_id}: {stored.kind} {stored.address}")
    if stored.secret:
        typer.echo(f"secret, shown this once: {stored.secret}")


def unsubscribe(subscription_id: IdArgument, as_json: JsonOption = False, config: ConfigOption = None) -> None:
    """Send nothing more to a receiver; what still waits for it is withdrawn."""
    from stream.alert_desk import AlertDesk

    try:
        removed = AlertDesk(connect(config)).unsubscribe(subscription_id)
    except ValueError as error:
        fail(str(error), EXIT_FAILED)
    if as_json:
        typer.echo(json.dumps(removed.public_record()))
        return
    typer.echo(f"unsubscribed {removed.subscription_id}: {removed.kind} {removed.address}")


def list_subscriptions(as_json: JsonOption = False, config: ConfigOption = None) -> None:
    """List who hears of which alerts."""
    from stream.alert_desk import AlertDesk

    stored = AlertDesk(connect(config)).subscriptions()
    if as_json:
        typer.echo(json.dumps([subscription.public_record() for subscription in stored]))
        return
    for subscription in stored:
        state = f"  DISABLED: {subscription.disabled_reason}" if subscription.disabled_reason else ""
        typer.echo(
            f"{subscription.subscription_id}  {subscription.kind:7} {subscription.address}  "
            f"sources={','.join(subscription.sources)} labels={','.join(subscription.labels)} "
            f"from {subscription.minimum_severity}  {subscription.name}{state}"
        )
    if not stored:
        typer.echo("no subscriptions", err=True)


def send_test(subscription_id: IdArgument, as_json: JsonOption = False, config: ConfigOption = None) -> None:
    """Send a test to a receiver and say what became of it."""
    from stream.alert_desk import AlertDesk

    try:
        report = AlertDesk(connect(config)).send_test(subscription_id)
    except ValueError as error:
        fail(str(error), EXIT_FAILED)
    typer.echo(json.dumps(asdict(report)) if as_json else f"{report.status}: {report.last_outcome or 'no answer yet'}")
    if report.status != "delivered":
        raise typer.Exit(EXIT_FAILED)


def deliveries(
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many.")] = 50,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """List the latest deliveries with their outcome, newest first."""
    from stream.alert_desk import AlertDesk

    reports = AlertDesk(connect(config)).deliveries(limit)
    if as_json:
        typer.echo(json.dumps([asdict(report) for report in reports]))
        return
    for report in reports:
        created = datetime.fromtimestamp(report.created_at).strftime("%Y-%m-%d %H:%M:%S")
        typer.echo(
            f"{created}  {report.status:9} {report.subscription_id}  tries={report.attempts}  "
            f"{report.title}  {report.last_outcome}"
        )
    if not reports:
        typer.echo("no deliveries", err=True)


def _receiver(*, webhook: str | None, email: str | None, redis: str | None, sse: str | None) -> dict[str, str]:
    given = {
        "webhook": ("url", webhook),
        "email": ("to", email),
        "redis": ("channel", redis),
        "sse": ("stream", sse),
    }
    chosen = [{"kind": kind, field: value} for kind, (field, value) in given.items() if value is not None]
    if len(chosen) != 1:
        raise ValueError(f"name one receiver by --webhook, --email, --redis or --sse; got {len(chosen)}")
    return chosen[0]


def _alert_names(config: Path | None) -> set[str]:
    """Return what the alerts of the present rules bear: the rules' names and their labels."""
    from stream.alerts.rules import load_rules

    try:
        rules = load_rules(read_settings(config).watch.rules)
    except ValueError as error:
        fail(str(error), EXIT_WRONG_USE)
    return {name for rule in rules for name in (rule.name, *rule.alert_labels)}


def _warn_of_unknown(option: str, patterns: Sequence[str], known: set[str], where: str) -> None:
    """Say which patterns fit nothing so far: it may come yet, or be a slip that keeps alerts back."""
    for pattern in patterns:
        if not any(fnmatchcase(name, pattern) or fnmatchcase(pattern, name) for name in known):
            typer.echo(f"warning: {option} {pattern!r} fits nothing that is known now; {where}", err=True)
