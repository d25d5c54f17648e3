"""A video file as a network camera: RTSP over TCP, in a loop, for the demo and the tests.

    python -m stream.sources.virtual_camera FILE --port 8554 --path cam1 --user nurse --password secret

It prints its address when it is ready. Its time begins when the first client plays, and it prints that moment
("playing since <UTC epoch seconds>"); every later client joins the running picture, as at a real camera.
"""

import argparse
import asyncio
import base64
import contextlib
import hmac
import logging
import secrets
import signal
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from stream.errors import SourceRefused
from stream.sources.rtp_packets import RtpRecording, TimedPackets, is_media
from stream.sources.rtsp_login import digest_response, parse_parameters
from stream.sources.rtsp_wire import RtspMessage, RtspParser

logger = logging.getLogger(__name__)

_RECEIVE_BYTES = 16 * 1024
_MAX_BACKLOG_BYTES = 4 * 1024 * 1024
"""A client that lets more than this pile up is cut off, as a camera would."""
_REALM = "vigil"
_METHODS = "OPTIONS, DESCRIBE, SETUP, PLAY, GET_PARAMETER, TEARDOWN"


class VirtualCamera:
    """Serves one recording to any number of clients."""

    def __init__(
        self,
        recording: RtpRecording,
        *,
        path: str = "cam1",
        username: str = "",
        password: str = "",
        login: str = "digest",
    ) -> None:
        """Make a camera that does not listen yet.

        Args:
            recording: what it shows.
            path: of its address.
            username: that clients must give; empty lets everybody in.
            password: that clients must give.
            login: digest or basic.
        """
        self._recording = recording
        self._path = f"/{path.strip('/')}"
        self._guard = _Guard(username, password, login)
        self._players: set[_Client] = set()
        self._picture_group: list[bytes] = []
        self._playing: asyncio.Task[None] | None = None

    async def listen(self, host: str, port: int) -> asyncio.Server:
        """Start to accept clients."""
        return await asyncio.start_server(self._serve_client, host, port)

    def stop(self) -> None:
        """Cut every client off and stop playing."""
        if self._playing is not None:
            self._playing.cancel()
        for player in tuple(self._players):
            player.writer.transport.abort()

    async def _serve_client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        client = _Client(writer)
        parser = RtspParser()
        with contextlib.suppress(ConnectionError, ValueError, asyncio.CancelledError):
            while received := await reader.read(_RECEIVE_BYTES):
                for message in parser.feed(received):
                    if isinstance(message, RtspMessage):
                        self._answer(client, message)
                await writer.drain()
        self._players.discard(client)
        writer.close()

    def _answer(self, client: "_Client", request: RtspMessage) -> None:
        method, url, _ = request.request_line
        path = urlsplit(url).path.rstrip("/")
        if not self._guard.lets_in(request):
            client.respond(request, "401 Unauthorized", {"WWW-Authenticate": self._guard.challenge})
        elif method == "OPTIONS":
            client.respond(request, "200 OK", {"Public": _METHODS})
        elif path not in (self._path, f"{self._path}/video"):
            client.respond(request, "404 Not Found")
        elif method == "DESCRIBE":
            headers = {"Content-Base": f"{url.rstrip('/')}/", "Content-Type": "application/sdp"}
            client.respond(request, "200 OK", headers, self._recording.sdp.encode())
        elif method == "SETUP":
            client.set_up(request)
        elif method == "PLAY":
            client.respond(request, "200 OK", {"Session": client.session, "Range": "npt=0.000-"})
            self._start_playing(client)
        elif method in ("GET_PARAMETER", "TEARDOWN"):
            client.respond(request, "200 OK", {"Session": client.session})
            if method == "TEARDOWN":
                self._players.discard(client)
        else:
            client.respond(request, "405 Method Not Allowed", {"Allow": _METHODS})

    def _start_playing(self, client: "_Client") -> None:
        """Let a client in on the running picture: it gets everything since the last keyframe at once."""
        for packet in self._picture_group:
            client.send(packet)
        self._players.add(client)
        if self._playing is None:
            _tell(f"playing since {time.time():.3f}")
            self._playing = asyncio.create_task(self._play())

    async def _play(self) -> None:
        loop = asyncio.get_running_loop()
        started_at = loop.time()
        for picture in self._recording.play_for_ever():
            await asyncio.sleep(started_at + picture.due_seconds - loop.time())
            self._send_all(picture)

    def _send_all(self, picture: TimedPackets) -> None:
        if picture.is_keyframe:
            self._picture_group.clear()
        self._picture_group += picture.packets
        for player in tuple(self._players):
            for packet in picture.packets:
                player.send(packet)
            if player.writer.transport.is_closing() or player.backlog_bytes > _MAX_BACKLOG_BYTES:
                self._players.discard(player)
                player.writer.transport.abort()


@dataclass(eq=False)
class _Client:
    """One connection to the camera."""

    writer: asyncio.StreamWriter
    session: str = field(default_factory=lambda: secrets.token_hex(8))
    rtp_channel: int = 0

    @property
    def backlog_bytes(self) -> int:
        return self.writer.transport.get_write_buffer_size()

    def set_up(self, request: RtspMessage) -> None:
        """Agree on the channels of the media packets; they travel over this very connection or not at all."""
        transport = next(iter(request.values("Transport")), "")
        if "RTP/AVP/TCP" not in transport.upper():
            self.respond(request, "461 Unsupported Transport")
            return
        pairs = dict(part.strip().partition("=")[::2] for part in transport.split(";"))
        first = pairs.get("interleaved", "0-1").partition("-")[0]
        self.rtp_channel = int(first) if first.isdecimal() and int(first) < 255 else 0
        agreed = f"RTP/AVP/TCP;unicast;interleaved={self.rtp_channel}-{self.rtp_channel + 1}"
        self.respond(request, "200 OK", {"Transport": agreed, "Session": f"{self.session};timeout=60"})

    def respond(
        self, request: RtspMessage, status: str, headers: dict[str, str] | None = None, body: bytes = b""
    ) -> None:
        """Answer a request."""
        sequence = next(iter(request.values("CSeq")), "0")
        named = {"CSeq": sequence, **(headers or {}), "Content-Length": str(len(body))}
        self.writer.write(RtspMessage(f"RTSP/1.0 {status}", tuple(named.items()), body).encode())

    def send(self, packet: bytes) -> None:
        """Send an RTP or RTCP packet on its channel."""
        channel = self.rtp_channel if is_media(packet) else self.rtp_channel + 1
        head = b"$" + bytes([channel]) + len(packet).to_bytes(2)
        self.writer.write(head + packet)


class _Guard:
    """Asks for the user name and the password."""

    def __init__(self, username: str, password: str, login: str) -> None:
        self._username = username
        self._password = password
        self._is_basic = login == "basic"
        self._nonce = secrets.token_hex(16)

    @property
    def challenge(self) -> str:
        return f'Basic realm="{_REALM}"' if self._is_basic else f'Digest realm="{_REALM}", nonce="{self._nonce}"'

    def lets_in(self, request: RtspMessage) -> bool:
        """Return whether the request proves that its sender knows the password."""
        if not self._username:
            return True
        scheme, _, given = next(iter(request.values("Authorization")), "").partition(" ")
        if self._is_basic:
            expected = base64.b64encode(f"{self._username}:{self._password}".encode()).decode()
            return scheme == "Basic" and hmac.compare_digest(given, expected)
        method, url, _ = request.request_line
        challenge = {"realm": _REALM, "nonce": self._nonce}
        expected = digest_response(self._username, self._password, method, url, challenge)
        return scheme == "Digest" and hmac.compare_digest(parse_parameters(given).get("response", ""), expected)


def main() -> int:
    """Serve a file until SIGTERM or Ctrl-C."""
    parser = argparse.ArgumentParser(prog="virtual_camera", description="Serve a video file as an RTSP camera.")
    parser.add_argument("file", type=Path, help="H.264, H.265 or MJPEG video")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--path", default="cam1", help="path of the camera's address")
    parser.add_argument("--user", default="", help="user name that clients must give")
    parser.add_argument("--password", default="")
    parser.add_argument("--login", choices=("digest", "basic"), default="digest")
    options = parser.parse_args()
    try:
        recording = RtpRecording(options.file)
        camera = VirtualCamera(
            recording, path=options.path, username=options.user, password=options.password, login=options.login
        )
        asyncio.run(_run(camera, options.host, options.port, options.path))
    except (SourceRefused, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


async def _run(camera: VirtualCamera, host: str, port: int, path: str) -> None:
    stop = asyncio.Event()
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(signal_number, stop.set)
    server = await camera.listen(host, port)
    _tell(f"rtsp://{host}:{server.sockets[0].getsockname()[1]}/{path.strip('/')}")
    await stop.wait()
    camera.stop()
    server.close()


def _tell(line: str) -> None:
    """Say something to whoever started the camera; nobody needs to listen."""
    with contextlib.suppress(OSError):
        sys.stdout.write(f"{line}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
