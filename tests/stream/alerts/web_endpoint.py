"""A real web server for webhooks, that answers as a test wants."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Received:
    """One request that arrived."""

    headers: dict[str, str]
    body: bytes
    at: float


@dataclass
class Endpoint:
    """A web server on 127.0.0.1 that keeps what it is sent and answers as it is told."""

    status: int = 204
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    delay_seconds: float = 0.0
    received: list[Received] = field(default_factory=list)
    url: str = ""

    def ids(self) -> list[str]:
        return [request.headers["webhook-id"] for request in self.received]


@contextmanager
def running_endpoint(**how: Any) -> Iterator[Endpoint]:
    """Run a web server until the end of the block."""
    endpoint = Endpoint(**how)
    server = _serve(endpoint)
    endpoint.url = f"http://127.0.0.1:{server.server_port}/alerts"
    try:
        yield endpoint
    finally:
        server.shutdown()
        server.server_close()


def _serve(endpoint: Endpoint) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            endpoint.received.append(Received(headers, body, time.time()))
            time.sleep(endpoint.delay_seconds)
            try:
                self.send_response(endpoint.status)
                for name, value in endpoint.headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(endpoint.body)))
                self.end_headers()
                self.wfile.write(endpoint.body)
            except OSError:
                pass  # the sender did not wait

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    return server


def free_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
