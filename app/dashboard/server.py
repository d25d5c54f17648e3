"""The dashboard's process: Streamlit's pages and our own routes on one port, stopped within seconds."""

import asyncio
import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import streamlit as st
import uvicorn
from anyio import CapacityLimiter, to_thread
from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import StaticFiles
from streamlit import config as streamlit_config

from app.dashboard.client import DashboardClient, install
from app.dashboard.listening import address_of
from app.dashboard.routes.guard import Guard
from app.dashboard.routes.mjpeg import mjpeg_routes
from app.dashboard.routes.table import api_routes
from app.dashboard.routes.wall_socket import wall_routes
from app.dashboard.theme import STREAMLIT_OPTIONS
from app.dashboard.wall.component import STATIC_FOLDER, STATIC_PATH
from app.dashboard.wall.hub import WallHub
from stream.bus import Bus
from stream.frames.store import FrameStore

logger = logging.getLogger(__name__)

SCRIPT = Path(__file__).resolve().parent / "pages.py"
GRACE_SECONDS = 2
KEEP_KNOWN_SECONDS = 1.0
LOOPBACK_NAMES = ("127.0.0.1", "localhost", "::1")


def serve(listener: socket.socket, bus: Bus, frame_store: FrameStore, *, allowed_hosts: Collection[str] = ()) -> None:
    """Serve the dashboard until SIGTERM or SIGINT; logs its address.

    Args:
        listener: a bound socket, see `app.dashboard.listening.listen`.
        bus: the server of the results may be down: what is shown is then called stale, and comes back.
        frame_store: where the previews are.
        allowed_hosts: names beside the loopback ones by which a proxy on this machine passes requests on.
    """
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
    logger.info("serving the dashboard: address=%s", address_of(listener))
    # uvicorn sends itself the signal again once it has stopped; being asked to stop is no failure.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _end)
    server.run(sockets=[listener])


def _end(*_signal: object) -> None:
    """End this process, within a second: a page that some thread still draws is nobody's any more."""
    last_resort = threading.Timer(1.0, os._exit, args=(0,))
    last_resort.daemon = True
    last_resort.start()
    sys.exit(0)


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
        lifespan=_reading(hub, client),
    )


def _reading(hub: WallHub, client: DashboardClient) -> Any:
    @asynccontextmanager
    async def lifespan(_app: st.App) -> AsyncIterator[None]:
        tasks = [asyncio.create_task(work) for work in (hub.run(), _keep_known(client))]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()

    return lifespan


async def _keep_known(client: DashboardClient) -> None:
    """Read on while nobody looks."""
    limiter = CapacityLimiter(1)
    while True:
        try:
            await to_thread.run_sync(client.keep_known, limiter=limiter, abandon_on_cancel=True)
        except Exception:  # one bad message must not end the reading
            logger.exception("could not read what pages show")
        await asyncio.sleep(KEEP_KNOWN_SECONDS)


class _Server(uvicorn.Server):
    """Tells long answers that we are stopping before it waits for them to end."""

    def __init__(self, config: uvicorn.Config, stopping: asyncio.Event) -> None:
        super().__init__(config)
        self._stopping = stopping

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._stopping.set()
        await super().shutdown(sockets)
