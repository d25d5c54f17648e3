"""What travels over an RTSP connection, cut out of the byte stream: messages and interleaved media packets.

Source: RFC 2326, sections 4 to 7 (messages) and 10.12 (interleaved data).
"""

from collections.abc import Iterator
from dataclasses import dataclass

_MAX_HEAD_BYTES = 16 * 1024
_MAX_BODY_BYTES = 128 * 1024
_PACKET_MARK = 0x24
_PACKET_HEAD_BYTES = 4
_END_OF_HEAD = b"\r\n\r\n"


@dataclass(frozen=True)
class MediaPacket:
    """An RTP or RTCP packet with its four bytes of framing, as received."""

    raw: bytes


@dataclass(frozen=True)
class RtspMessage:
    """A request or a response."""

    start_line: str
    headers: tuple[tuple[str, str], ...]
    body: bytes = b""

    @property
    def status(self) -> int:
        """Status code of a response; 0 for anything else."""
        words = self.start_line.split(" ", 2)
        return int(words[1]) if words[0].startswith("RTSP/") and len(words) > 1 and words[1].isdecimal() else 0

    @property
    def request_line(self) -> tuple[str, str, str]:
        """Method, address and version of a request; empty where it lacks them."""
        method, _, rest = self.start_line.partition(" ")
        url, _, version = rest.rpartition(" ")
        return method, url, version

    def values(self, name: str) -> list[str]:
        """Return every value of a header, in order; names are compared without case."""
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def encode(self) -> bytes:
        """Return the message as it travels."""
        lines = [self.start_line, *(f"{name}: {value}" for name, value in self.headers), "", ""]
        return "\r\n".join(lines).encode("utf-8", "surrogateescape") + self.body


class RtspParser:
    """Cuts one direction of a connection into messages and packets, however the bytes arrive."""

    def __init__(self) -> None:
        self._waiting = bytearray()

    def feed(self, received: bytes) -> Iterator[RtspMessage | MediaPacket]:
        """Take bytes in and yield what they complete.

        Raises:
            ValueError: the bytes are not RTSP, or a message is larger than any honest one.
        """
        self._waiting += received
        while self._drop_stray_line_ends():
            found = self._packet() if self._waiting[0] == _PACKET_MARK else self._message()
            if found is None:
                return
            yield found

    def _drop_stray_line_ends(self) -> bool:
        """Some cameras end a body with a line that they do not count. Return whether anything is left."""
        while self._waiting[:1].isspace():
            del self._waiting[:1]
        return bool(self._waiting)

    def _packet(self) -> MediaPacket | None:
        if len(self._waiting) < _PACKET_HEAD_BYTES:
            return None
        length = _PACKET_HEAD_BYTES + int.from_bytes(self._waiting[2:4])
        return MediaPacket(self._take(length)) if len(self._waiting) >= length else None

    def _message(self) -> RtspMessage | None:
        head_end = self._waiting.find(_END_OF_HEAD, 0, _MAX_HEAD_BYTES)
        if head_end < 0:
            if len(self._waiting) >= _MAX_HEAD_BYTES:
                raise ValueError(f"a message's head exceeds {_MAX_HEAD_BYTES} bytes")
            return None
        head = bytes(self._waiting[:head_end]).decode("utf-8", "surrogateescape")
        start_line, headers = _parse_head(head)
        num_body_bytes = _body_length(headers)
        head_bytes = head_end + len(_END_OF_HEAD)
        if len(self._waiting) < head_bytes + num_body_bytes:
            return None
        self._take(head_bytes)
        return RtspMessage(start_line, headers, self._take(num_body_bytes))

    def _take(self, count: int) -> bytes:
        taken = bytes(self._waiting[:count])
        del self._waiting[:count]
        return taken


def _parse_head(head: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    start_line, *lines = head.split("\r\n")
    if "RTSP/" not in start_line:
        raise ValueError("a message does not speak RTSP")
    pairs = (line.partition(":") for line in lines if ":" in line)
    return start_line, tuple((name.strip(), value.strip()) for name, _, value in pairs)


def _body_length(headers: tuple[tuple[str, str], ...]) -> int:
    declared = next((value for name, value in headers if name.lower() == "content-length"), "0")
    if not declared.isdecimal() or int(declared) > _MAX_BODY_BYTES:
        raise ValueError(f"a message declares a body of {declared[:20]} bytes, more than {_MAX_BODY_BYTES}")
    return int(declared)
