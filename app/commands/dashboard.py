"""`vigil dashboard`: the pages, the API and the live wall of a running system."""

import logging

from app.console.connection import bus_url, frames_url, read_settings
from app.console.exits import EXIT_FAILED, EXIT_WRONG_USE, fail
from app.console.options import ConfigOption
from stream.bus import Bus
from stream.frames.address import open_frame_store


def dashboard(config: ConfigOption = None) -> None:
    """Serve the dashboard until Ctrl-C; a server of results that is down shows as stale data, and comes back."""
    from app.dashboard.listening import listen
    from app.echo.place import install_readings, readings_folder
    from app.imaging.place import install_results
    from stream.child_process import end_with_supervisor
    from stream.logs import configure_logging

    end_with_supervisor()
    settings = read_settings(config)
    configure_logging("dashboard", level=logging.INFO)
    url = bus_url(settings)
    if url is None:
        fail("required the address of a running system's server; start `vigil up`, or set REDIS_URL", EXIT_FAILED)
    try:
        listener = listen(settings.dashboard.host, settings.dashboard.port)
        bus = Bus.connect(url, socket_timeout_seconds=settings.redis.socket_timeout_seconds)
        frame_store = open_frame_store(frames_url(settings))
    except ValueError as error:
        fail(str(error), EXIT_WRONG_USE)
    install_readings(readings_folder(settings))
    install_results(settings)
    # Streamlit takes seconds to import: only once nothing is wrong with the settings.
    from app.dashboard.server import serve

    serve(listener, bus, frame_store, allowed_hosts=settings.dashboard.allowed_hosts)
