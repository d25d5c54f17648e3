"""Where the dashboard listens: on this machine only, on a port of its own."""

import ipaddress
import socket
from contextlib import suppress


def listen(host: str, port: int) -> socket.socket:
    """Return a socket bound to the address; port 0 takes any free one.

    Raises:
        ValueError: others could reach it, or the port is taken.
    """
    require_loopback(host)
    address = "127.0.0.1" if host == "localhost" else host
    listener = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((address, port))
    except OSError as error:
        listener.close()
        raise ValueError(
            f"the dashboard needs port {port} of {host} for itself: {error.strerror}; "
            "end what holds it, or set dashboard.port"
        ) from error
    return listener


def answers(port: int, host: str = "127.0.0.1") -> bool:
    """Return whether something listens there."""
    try:
        socket.create_connection((host, port), timeout=0.2).close()
    except OSError:
        return False
    return True


def require_loopback(host: str) -> None:
    """Return when only this machine can reach the host.

    Raises:
        ValueError: others could see the pictures without signing in.
    """
    with suppress(ValueError):
        if host == "localhost" or ipaddress.ip_address(host).is_loopback:
            return
    raise ValueError(
        f"dashboard.host must be 127.0.0.1, ::1 or localhost, got {host!r}: the pages have no sign-in of their own; "
        "put a proxy with sign-in on this machine in front and name it in dashboard.allowed_hosts"
    )


def address_of(listener: socket.socket) -> str:
    """Return the address of the listening socket as a browser wants it."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
