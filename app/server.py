"""The dashboard's process: Streamlit's pages and our own routes on one port, stopped within seconds."""

import asyncio
import ipaddress
import logging
import signal
import socket
import sys
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import streamlit as st
import uvicorn
from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import StaticFiles
from streamlit import config as streamlit_config

from app.client import DashboardClient, install
from app.routes.guard import Guard
from app.routes.mjpeg import mjpeg_routes
from app.routes.table import api_routes
from app.routes.wall_socket import wall_routes
from app.theme import STREAMLIT_OPTIONS
from app.wall.component import STATIC_FOLDER, STATIC_PATH
from app.wall.hub import WallHub
from stream.bus import Bus
from stream.frame_store import FrameStore

logger = logging.getLogger(__name__)

SCRIPT = Path(__file__).resolve().parent / "dashboard.py"
GRACE_SECONDS = 2
LOOPBACK_NAMES = ("127.0.0.1", "localhost", "::1")


def serve(bus: Bus, frame_store: FrameStore, *, host: str, port: int, allowed_hosts: Collection[str] = ()) -> None:
    """Serve the dashboard until SIGTERM or SIGINT; prints nothing, logs its address.

    Args:
        host: a loopback address or "localhost".
        port: 0 takes any free one.
        allowed_hosts: further names by which a proxy on this machine passes requests on.

    Raises:
        ValueError: the host is not a loopback address, or the port is taken.
    """
    listener = _listen(require_loopback(host), port)
    client = DashboardClient(bus)
    install(client)
    stopping = asyncio.Event()
    app = build_app(client, frame_store, stopping=stopping, allowed_hosts=(*LOOPBACK_NAMES, *allowed_hosts))
    server = _Server(
        uvicorn.Config(
            app,
            log_level="warning",
            log_config=None,
            access_log=False,
            server_header=False,
            ws="websockets-sansio",
            timeout_graceful_shutdown=GRACE_SECONDS,
        ),
        stopping,
    )
    logger.info("serving the dashboard: address=http://%s:%d", *listener.getsockname()[:2])
    # uvicorn sends itself the signal again once it has stopped; being asked to stop is no failure.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with suppress(KeyboardInterrupt):
        server.run(sockets=[listener])


def require_loopback(host: str) -> str:
    """Return the host when only this machine can reach it.

    Raises:
        ValueError: others could reach the pictures without signing in.
    """
    with suppress(ValueError):
        if host == "localhost" or ipaddress.ip_address(host).is_loopback:
            return host
    raise ValueError(
        f"dashboard.host must be 127.0.0.1, ::1 or localhost, got {host!r}: the pages have no sign-in of their own; "
        "put a proxy with sign-in on this machine in front and name it in dashboard.allowed_hosts"
    )


def build_app(
    client: DashboardClient, frame_store: FrameStore, *, stopping: asyncio.Event, allowed_hosts: Collection[str]
) -> st.App:
    """Return the ASGI application: the pages, the API, the wall's socket."""
    for name, value in STREAMLIT_OPTIONS.items():
        streamlit_config.set_option(name, value, "vigil")
    hub = WallHub(client, frame_store)
    routes: list[BaseRoute] = [
        *wall_routes(hub, client.tickets),
        *mjpeg_routes(hub, stopping),
        *api_routes(client, hub, stopping),
        Mount(STATIC_PATH, StaticFiles(directory=STATIC_FOLDER)),
    ]
    return st.App(
        SCRIPT,
        routes=routes,
        middleware=[Middleware(Guard, allowed_hosts=allowed_hosts)],
        lifespan=_reading(hub),
    )


def _reading(hub: WallHub) -> Any:
    @asynccontextmanager
    async def lifespan(_app: st.App) -> AsyncIterator[None]:
        reading = asyncio.create_task(hub.run())
        try:
            yield
        finally:
            reading.cancel()

    return lifespan


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise ValueError(
            f"the dashboard needs port {port} of {host} for itself: {error.strerror}; "
            "end what holds it, or set dashboard.port"
        ) from error
    return listener


class _Server(uvicorn.Server):
    """Tells long answers that we are stopping before it waits for them to end."""

    def __init__(self, config: uvicorn.Config, stopping: asyncio.Event) -> None:
        super().__init__(config)
        self._stopping = stopping

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._stopping.set()
        await super().shutdown(sockets)
