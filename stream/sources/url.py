"""Addresses of sources: how a camera's is taken apart, and how any is written where people and logs see it.

People paste camera addresses with passwords as they are, so `@`, `/`, `#` and `?` may stand in one unescaped.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

from stream.errors import SourceRefused

DEFAULT_RTSP_PORT = 554
_HARMLESS_QUERY_KEYS = frozenset({"channel", "subtype", "stream", "profile", "resolution", "codec", "fps", "unicast"})
_PAIR = re.compile(r"([^?&/=_;]+)=([^&/_;]*)")
_HOST_AND_PORT = re.compile(r"(?P<host>\[[0-9A-Fa-f:.%]+\]|[^\s:/?#@\[\]]+)(:(?P<port>\d{1,5}))?(?P<rest>([/?#].*)?)")


@dataclass(frozen=True)
class CameraAddress:
    """An RTSP address in its parts; its `repr` holds no credentials."""

    host: str
    port: int
    target: str
    """Path and query, beginning with a slash."""
    username: str = field(repr=False)
    password: str = field(repr=False)

    @property
    def url(self) -> str:
        """The address without credentials, as RTSP requests name it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"rtsp://{host}:{self.port}{self.target}"


def is_camera(url: str) -> bool:
    """Return whether the address is a camera's rather than a file's."""
    return url.lower().startswith("rtsp://")


def parse_camera_url(url: str) -> CameraAddress:
    """Take rtsp://user:password@host:port/path apart; an escaped password is unescaped.

    Raises:
        SourceRefused: there is no host, or the port is none.
    """
    rest = url[len("rtsp://") :]
    credentials, after = _split_credentials(rest)
    found = _HOST_AND_PORT.fullmatch(after)
    port = int(found["port"] or DEFAULT_RTSP_PORT) if found else 0
    if found is None or not 0 < port < 65536 or not after.isprintable():
        raise SourceRefused(
            f"{redact_url(url)}: required rtsp://user:password@host:port/path with a port of 1 to 65535; "
            "escape special characters of the password as %XX"
        )
    username, _, password = credentials.partition(":")
    target = found["rest"] if found["rest"].startswith("/") else f"/{found['rest']}"
    return CameraAddress(found["host"].strip("[]"), port, target, unquote(username), unquote(password))


def file_path(url: str) -> Path:
    """Return the path that a plain path or a file:// address names.

    Raises:
        SourceRefused: the address is of another kind.
    """
    scheme, separator, _ = url.partition("://")
    if separator and re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*", scheme):
        if scheme.lower() != "file":
            raise SourceRefused(f"{redact_url(url)}: required a file's path or an rtsp:// address, got {scheme}://")
        parts = urlsplit(url)
        return Path(unquote(parts.path))
    if "\0" in url or not url:
        raise SourceRefused(f"{url!r}: required a file's path or an rtsp:// address")
    return Path(url).expanduser()


def redact_url(url: str) -> str:
    """Return the address without user, password, or values that may be secret; a path comes back as it is."""
    scheme, separator, rest = url.partition("://")
    if not separator:
        return url
    before, at, after = rest.rpartition("@")
    # Before the last "@" everything may be part of a password; a "#" or "?" there does not end it.
    return f"{scheme}://{'***@' if at or before else ''}{_PAIR.sub(_hide_value, after)}"


def _split_credentials(rest: str) -> tuple[str, str]:
    """Cut at the "@" that stands before the host.

    By the standard it is the last one before the first slash. Where what follows it does not look like a host
    (neither a dot nor a port), a slash in the password is likelier, and the last "@" that fits is taken.
    """
    authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
    standard = authority.rfind("@")
    if standard >= 0 and _looks_like_host(rest[standard + 1 :]):
        return rest[:standard], rest[standard + 1 :]
    if standard < 0 and _HOST_AND_PORT.fullmatch(authority) is not None:
        return "", rest
    later = [at for at, letter in enumerate(rest) if letter == "@" and _looks_like_host(rest[at + 1 :])]
    cut = later[-1] if later else standard
    return (rest[:cut], rest[cut + 1 :]) if cut >= 0 else ("", rest)


def _looks_like_host(text: str) -> bool:
    found = _HOST_AND_PORT.fullmatch(text)
    return found is not None and ("." in found["host"] or ":" in found["host"] or bool(found["port"]))


def _hide_value(pair: re.Match[str]) -> str:
    key, value = pair.groups()
    return f"{key}={value if key.lower() in _HARMLESS_QUERY_KEYS else '***'}"
