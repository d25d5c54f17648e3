"""How values are worded on the pages: times in the viewer's zone, text that stays text."""

import re
import time
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st

from app.dashboard.snapshot import Snapshot
from stream.messages import Alert

_MARKUP = re.compile(r"([!-/:-@\[-`{-~])")


def plain(text: str) -> str:
    """Return text from elsewhere so that Markdown shows it as it is: no markup, link, picture or icon."""
    return _MARKUP.sub(r"\\\1", " ".join(text.split()))


def local_moment(at: float) -> datetime:
    """Return a wall time in the viewer's own time zone."""
    try:
        zone = ZoneInfo(st.context.timezone or "UTC")
    except (ZoneInfoNotFoundError, ValueError):
        zone = ZoneInfo("UTC")
    return datetime.fromtimestamp(at, zone)


def local_time(at: float | None) -> str:
    """Return hh:mm:ss in the viewer's zone, with the date when it is not today's."""
    if at is None:
        return "never"
    moment, today = local_moment(at), local_moment(time.time())
    return moment.strftime("%H:%M:%S" if moment.date() == today.date() else "%d %b %H:%M:%S")


def duration(seconds: float | None) -> str:
    """Return a length of time in the unit that suits it."""
    if seconds is None:
        return "unknown"
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 90:
        return f"{seconds:.1f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


def clock(seconds: float) -> str:
    """Return a length of time as one reads it on the wall of a theatre: 0:07, 12:30, 1:02:05."""
    hours, rest = divmod(round(max(seconds, 0.0)), 3600)
    minutes, seconds_left = divmod(rest, 60)
    return f"{hours}:{minutes:02d}:{seconds_left:02d}" if hours else f"{minutes}:{seconds_left:02d}"


def alert_text(alert: Alert) -> str:
    """Return what an alert says, without the name of the source that stands beside it anyway."""
    return plain(alert.text.removeprefix(f"{alert.source_id}: "))


def standing(alert: Alert) -> str:
    """Return whether what an open alert is about goes on or is over, and how often it came."""
    goes_on = "Goes on" if alert.state == "active" else "Over, not acknowledged"
    if alert.num_episodes == 1:
        return f"{goes_on}."
    return f"{goes_on}. {alert.num_episodes} times since then, the last at {local_time(alert.episode_at)}."


def tell_stale(*snapshots: Snapshot[Any], is_explained: bool = False) -> None:
    """Say so when what the page shows could not be read just now, and why where that helps."""
    stale = [snapshot for snapshot in snapshots if snapshot.stale_since is not None]
    if stale:
        since = min(snapshot.stale_since or 0.0 for snapshot in stale)
        reason = f" {plain(stale[0].reason)}" if is_explained else ""
        what = (
            "Data stale"
            if all(snapshot.is_known for snapshot in stale)
            else "Nothing known: the server has not answered"
        )
        st.warning(f"{what} since {local_time(since)}.{reason}", icon=":material/cloud_off:")
