"""A webhook receiver on this machine, as a hospital's own system would have: it checks every signature."""

import json
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks import Webhook, WebhookVerificationError


@dataclass
class Receipts:
    """What has arrived so far."""

    verified: list[dict[str, Any]] = field(default_factory=list)
    num_refused: int = 0
    """Deliveries without a valid signature."""


class WebhookReceiver:
    """Listens on 127.0.0.1, on a free port, until closed."""

    def __init__(self) -> None:
        self.receipts = Receipts()
        self._webhook: Webhook | None = None
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(min(int(self.headers.get("Content-Length", 0)), 2**20))
                self.send_response(receiver.accept(body, dict(self.headers)))
                self.end_headers()

            def log_message(self, *_arguments: object) -> None:
                """Deliveries are shown by the demo, not by the server."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/alerts"

    def expect(self, secret: str) -> None:
        """Verify what comes from now on with this secret (`whsec_…`)."""
        self._webhook = Webhook(secret)

    def accept(self, body: bytes, headers: dict[str, str]) -> int:
        """Note a delivery and return the HTTP status that answers it."""
        try:
            if self._webhook is None:
                raise WebhookVerificationError("no secret is known yet")
            self._webhook.verify(body, {name.lower(): value for name, value in headers.items()})
        except WebhookVerificationError:
            self.receipts.num_refused += 1
            return 401
        self.receipts.verified.append(json.loads(body))
        return 204

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
