"""`vigil alerts`: follow, list and acknowledge alerts; subscribe receivers to them."""

import getpass
import json
from contextlib import suppress
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from app.commands import subscriptions
from app.console.connection import connect
from app.console.exits import EXIT_FAILED, fail
from app.console.options import ConfigOption, JsonOption

if TYPE_CHECKING:
    from stream.messages import Alert, Event

app = typer.Typer(help="Alerts: follow, list, acknowledge, and subscribe receivers to them.", no_args_is_help=True)
app.command("subscribe")(subscriptions.subscribe)
app.command("unsubscribe")(subscriptions.unsubscribe)
app.command("subscriptions")(subscriptions.list_subscriptions)
app.command("test")(subscriptions.send_test)
app.command("deliveries")(subscriptions.deliveries)


@app.command()
def follow(
    after: Annotated[
        str | None, typer.Option(help="Go on after this id; 0 for all that is kept; without it, what is new.")
    ] = None,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Print every event and alert as it happens, one a line, until Ctrl-C; outages are waited out."""
    from app.console.feed_follower import follow_feed
    from app.console.feed_lines import feed_line
    from app.console.stopping import StopFlag

    stop = StopFlag().listen()  # an exception out of a signal can get lost in a destructor, a flag cannot
    with suppress(BrokenPipeError):  # who follows says when it is enough
        for entry_id, message in follow_feed(config, after, stop):
            typer.echo(_json_line(entry_id, message) if as_json else feed_line(entry_id, message))


@app.command("list")
def list_alerts(
    show_all: Annotated[bool, typer.Option("--all", help="Also those that were resolved lately.")] = False,
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """List the open alerts, newest first."""
    from app.console.feed_lines import alert_line
    from stream.alert_desk import AlertDesk

    alerts = [alert for alert in AlertDesk(connect(config)).current() if show_all or alert.state != "resolved"]
    if as_json:
        typer.echo(json.dumps([asdict(alert) for alert in alerts]))
        return
    for alert in alerts:
        seen = f"  (seen by {alert.acknowledged_by})" if alert.acknowledged_by else ""
        typer.echo(f"{alert.alert_id[:12]}  {alert_line(alert)}{seen}")
    if not alerts:
        typer.echo("no open alerts", err=True)


@app.command()
def ack(
    alert_id: Annotated[str, typer.Argument(help="The alert's id, or as many of its first characters as are its own.")],
    who: Annotated[str | None, typer.Option(help="In whose name; without it, the user's.")] = None,
    note: Annotated[str, typer.Option(help="A remark that is kept with it.")] = "",
    as_json: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Acknowledge an alert: somebody has seen it."""
    from app.console.feed_lines import alert_line
    from stream.alert_desk import AlertDesk

    desk = AlertDesk(connect(config))
    try:
        alert = desk.acknowledge(_full_id(desk.current(), alert_id), who or getpass.getuser(), note)
    except ValueError as error:
        fail(str(error), EXIT_FAILED)
    typer.echo(json.dumps(asdict(alert)) if as_json else alert_line(alert))


def _full_id(alerts: "list[Alert]", start: str) -> str:
    matches = [alert.alert_id for alert in alerts if alert.alert_id.startswith(start) and alert.state != "resolved"]
    return matches[0] if len(matches) == 1 and start else start


def _json_line(entry_id: str, message: "Event | Alert") -> str:
    return json.dumps({"id": entry_id, "type": type(message).__name__, **asdict(message)})
