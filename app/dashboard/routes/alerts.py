"""/api/alerts: listing and acknowledging."""

import json
from dataclasses import asdict, dataclass
from typing import get_args

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response

from app.dashboard.client import DashboardClient
from app.dashboard.routes.endpoint import Endpoint, answer, listing, refusal
from stream.errors import StreamError
from stream.messages import Alert, AlertState

MAX_BODY_BYTES = 16_384
MAX_NAME, MAX_NOTE = 80, 500
ALERT_STATES: tuple[AlertState, ...] = get_args(AlertState)

ACKNOWLEDGEMENT_SCHEMA = {
    "type": "object",
    "required": ["who"],
    "additionalProperties": False,
    "properties": {
        "who": {"type": "string", "minLength": 1, "maxLength": MAX_NAME},
        "note": {"type": "string", "maxLength": MAX_NOTE},
    },
}


@dataclass(frozen=True)
class Acknowledgement:
    """Who has seen an alert, and what they say about it."""

    who: str
    note: str = ""

    @classmethod
    def parse(cls, body: bytes) -> "Acknowledgement":
        """Read the body of a request.

        Raises:
            ValueError: it is not what `ACKNOWLEDGEMENT_SCHEMA` says.
        """
        try:
            record = json.loads(body)
        except ValueError as error:
            raise ValueError(f"the body must be JSON: {error}") from error
        if not isinstance(record, dict) or not set(record) <= {"who", "note"}:
            raise ValueError('the body must be an object with "who" and, if wanted, "note"')
        who, note = record.get("who"), record.get("note", "")
        if not isinstance(who, str) or not 1 <= len(who.strip()) <= MAX_NAME:
            raise ValueError(f'"who" must be a name of 1 to {MAX_NAME} characters')
        if not isinstance(note, str) or len(note) > MAX_NOTE:
            raise ValueError(f'"note" must be a text of at most {MAX_NOTE} characters')
        return cls(who.strip(), note.strip())


def alert_endpoints(client: DashboardClient) -> list[Endpoint]:
    """Return the endpoints about alerts."""

    async def alerts(request: Request) -> Response:
        state = request.query_params.get("state")
        if state not in (None, *ALERT_STATES):
            return refusal(422, f"state must be {', '.join(ALERT_STATES[:-1])} or {ALERT_STATES[-1]}, got {state!r}")
        snapshot = await to_thread.run_sync(client.alerts.get)
        return listing(snapshot, [alert for alert in snapshot.value if state in (None, alert.state)])

    async def acknowledge(request: Request) -> Response:
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            return refusal(415, "the body must be sent as application/json")
        body = await _read_body(request)
        if body is None:
            return refusal(413, f"the body must have at most {MAX_BODY_BYTES} bytes")
        try:
            wanted = Acknowledgement.parse(body)
        except ValueError as error:
            return refusal(422, str(error))
        return await _acknowledge(client, request.path_params["id"], wanted)

    return [
        Endpoint(
            "GET",
            "/api/alerts",
            "Alerts as they are now",
            alerts,
            answer=Alert,
            is_listing=True,
            query={"state": f"only alerts in this state: {', '.join(ALERT_STATES)}"},
            refusals={422: "There is no such state"},
        ),
        Endpoint(
            "POST",
            "/api/alerts/{id}/acknowledge",
            "Say that somebody has seen an alert",
            acknowledge,
            answer=Alert,
            body=ACKNOWLEDGEMENT_SCHEMA,
            refusals={
                403: "Asked for by another site's page",
                404: "There is no such alert",
                413: "The body is too large",
                415: "The body is not application/json",
                422: "The body is not as described",
                503: "The watcher did not take it: the alert is NOT acknowledged",
            },
        ),
    ]


async def _acknowledge(client: DashboardClient, alert_id: str, wanted: Acknowledgement) -> Response:
    try:
        alert = await to_thread.run_sync(client.acknowledge, alert_id, wanted.who, wanted.note)
    except (KeyError, ValueError) as error:
        return refusal(404, str(error))
    except StreamError as error:
        return refusal(503, f"the alert is not acknowledged: {error}")
    return answer(asdict(alert))


async def _read_body(request: Request) -> bytes | None:
    """Return the body, or None as soon as it is too large."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > MAX_BODY_BYTES:
            return None
    return body
