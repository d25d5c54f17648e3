"""Health: whether everything runs, how late it is, and where every clip and frame went."""

import time
from typing import Any

import streamlit as st

from app.dashboard.client import DashboardClient, current
from app.dashboard.views.wording import duration, local_time, plain, tell_stale
from stream.alerts.heartbeat import LIFE_SECONDS, WatcherStatus
from stream.queue.account import ClipAccount, FrameAccount

MAX_GAP_ROWS = 100


def show() -> None:
    """Show the page."""
    st.markdown("### Health")
    show_health()


@st.fragment(run_every=1)
def show_health() -> None:
    """Show the figures, then the accounts."""
    client = current()
    tell_stale(client.sources.get(), client.clip_accounts.get(), is_explained=True)
    _show_figures(client)
    watcher = client.watcher.get().value
    if watcher is not None and watcher.problem:
        st.warning(f"The watcher is in trouble: {plain(watcher.problem)}", icon=":material/warning:")
    _head("Clips", "Where every clip went: produced = scored + dropped + dead + in flight.")
    _table([_clip_row(account) for account in client.clip_accounts.get().value], "clips", "No clip yet.")
    _head("Frames", "Where every decoded frame went: decoded = published + dropped.")
    _table([_frame_row(account) for account in client.frame_accounts.get().value], "frames", "No frame yet.")
    left, right = st.columns(2, gap="medium")
    with left:
        _head("Sources", "How each source is, as its ingester last said.")
        _table(_source_rows(client), "sources", "No source yet.")
        _head("Workers", "Who scores the clips.")
        _table(_worker_rows(client), "workers", "No worker: nothing is scored.")
    with right:
        _head("Gaps", "When a source was not monitored.")
        _table(_gap_rows(client), "gaps", "No gap.")


def _show_figures(client: DashboardClient) -> None:
    now = time.time()
    sources, accounts = client.sources.get().value, client.clip_accounts.get().value
    latency, watcher = client.results.get().value.latency, client.watcher.get().value
    num_live = sum(status.state == "live" for status in sources.values())
    oldest = max((age.oldest_seconds for age in client.queue_ages.get().value), default=0.0)
    figures = {
        "Sources live": f"{num_live} of {len(sources)}",
        "Capture to result, p50": duration(latency.p50_seconds if latency else None),
        "p95": duration(latency.p95_seconds if latency else None),
        "p99": duration(latency.p99_seconds if latency else None),
        "Oldest clip waiting": duration(oldest),
        "Watcher": _watcher_state(watcher, now),
        "Account": "closed" if all(account.is_closed for account in accounts) else "does not close",
    }
    for column, (name, value) in zip(st.columns(len(figures)), figures.items(), strict=True):
        column.metric(name, value, border=True)


def _watcher_state(watcher: WatcherStatus | None, now: float) -> str:
    if watcher is None:
        return "never seen"
    silence = now - watcher.reported_at
    if silence > LIFE_SECONDS:
        return f"silent for {duration(silence)}"
    return "in trouble" if watcher.problem else "working"


def _clip_row(account: ClipAccount) -> dict[str, Any]:
    return {
        "Source": account.source_id,
        "Model": account.model,
        "Produced": account.produced,
        "Scored": account.scored,
        "Dropped": sum(account.dropped.values()),
        "Reasons": _reasons(account.dropped),
        "Dead": account.dead,
        "In flight": account.in_flight,
        "Account": "closed" if account.is_closed else f"{account.imbalance:+d} without a fate",
    }


def _frame_row(account: FrameAccount) -> dict[str, Any]:
    return {
        "Source": account.source_id,
        "Decoded": account.decoded,
        "Published": account.published,
        "Dropped": sum(account.dropped.values()),
        "Reasons": _reasons(account.dropped),
        "Account": "closed" if account.is_closed else f"{account.imbalance:+d} without a fate",
    }


def _source_rows(client: DashboardClient) -> list[dict[str, Any]]:
    return [
        {
            "Source": status.source_id,
            "State": status.state,
            "Since": local_time(status.changed_at),
            "Last frame": local_time(status.last_frame_at),
            "Rate": f"{status.frame_rate_hz:.1f} fps",
            "Picture": f"{status.width} x {status.height} {status.codec}".strip(),
            "Epoch": status.epoch,
            "Reconnects": status.reconnects,
            "Reason": status.reason,
        }
        for status in client.sources.get().value.values()
    ]


def _worker_rows(client: DashboardClient) -> list[dict[str, Any]]:
    return [
        {
            "Worker": worker.worker_id,
            "Device": worker.device,
            "Models": ", ".join(worker.models),
            "Sources": ", ".join(worker.sources),
            "Clips": worker.clips_scored,
            "Clip on device": f"{worker.predict_ms:.0f} ms",
            "Batch fill": f"{worker.batch_fill:.0%}",
            "Errors": _reasons(worker.errors),
            "Last report": local_time(worker.reported_at),
        }
        for worker in client.workers.get().value.values()
    ]


def _gap_rows(client: DashboardClient) -> list[dict[str, Any]]:
    gaps = sorted(client.gaps.get().value, key=lambda gap: -gap.from_at)[:MAX_GAP_ROWS]
    return [
        {
            "From": local_time(gap.from_at),
            "Length": duration(gap.to_at - gap.from_at),
            "Source": gap.source_id,
            "Reason": gap.reason,
        }
        for gap in gaps
    ]


def _reasons(counts: dict[str, int]) -> str:
    return ", ".join(f"{reason} {number}" for reason, number in sorted(counts.items()))


def _head(title: str, meaning: str) -> None:
    st.markdown(f"#### {title}")
    st.caption(meaning)


def _table(rows: list[dict[str, Any]], key: str, placeholder: str) -> None:
    st.dataframe(rows, key=f"table_{key}", hide_index=True, placeholder=placeholder)
