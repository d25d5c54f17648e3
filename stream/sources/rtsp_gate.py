"""The gate between FFmpeg and a camera: FFmpeg talks to the gate, and only the gate talks to the camera.

FFmpeg's RTSP client follows redirects to anywhere and puts addresses with passwords into its messages. So it is
given an address on this machine without credentials, and the gate, in a thread of the source's own process,

- connects to the one camera that was named and never to another: a redirect ends the connection;
- logs in, so that FFmpeg never sees a password;
- bounds what a hostile camera can send before media flows, and cuts one that falls silent;
- remembers why it ended, in words fit for a person.
"""

import contextlib
import secrets
import selectors
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from stream.errors import SourceLost, SourceRefused, StreamError
from stream.sources.rtsp_login import Login
from stream.sources.rtsp_wire import MediaPacket, RtspMessage, RtspParser
from stream.sources.url import CameraAddress

_RECEIVE_BYTES = 64 * 1024
_BUFFER_BYTES = 256 * 1024
"""What waits in a buffer grows old: where frames are not taken fast enough, the camera shall notice and drop."""
_FORBIDDEN_SDP_LINES = (b"a=pgmpu:", b"x-asf-pf")
"""Windows Media in SDP starts a second demuxer inside FFmpeg, on bytes that the camera chooses."""
_ESSENTIAL_METHODS = frozenset({"DESCRIBE", "SETUP", "PLAY"})
_REASONS = {403: "forbids access", 404: "has no stream of that path", 453: "has no bandwidth left", 503: "is too busy"}


class RtspGate:
    """One connection to a camera, offered to FFmpeg as an address on this machine."""

    def __init__(
        self, camera: CameraAddress, *, name: str, connect_timeout_seconds: float, silence_seconds: float
    ) -> None:
        """Connect to the camera and wait for FFmpeg.

        Args:
            camera: the only host that is ever contacted.
            name: what messages call the source; without credentials.
            connect_timeout_seconds: how long connecting may take.
            silence_seconds: how long the camera may send nothing at all.

        Raises:
            SourceLost: the camera's host is unknown, refuses the connection, or does not answer.
        """
        self._camera = camera
        self._name = name
        self._silence_seconds = silence_seconds
        self._login = Login(camera.username, camera.password)
        self._last_request: RtspMessage | None = None
        self._has_logged_in = False
        self._failure: StreamError | None = None
        self._is_closed = False
        self._upstream = _connect(camera, name, connect_timeout_seconds)
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=1)
        self._listener.settimeout(connect_timeout_seconds)
        self._downstream: socket.socket | None = None
        # Another user of this machine may find the port, but not the path.
        self.url = f"rtsp://127.0.0.1:{self._listener.getsockname()[1]}/{secrets.token_hex(16)}"
        self._thread = threading.Thread(target=self._run, name="rtsp-gate", daemon=True)
        self._thread.start()

    @property
    def failure(self) -> StreamError | None:
        """Why the connection ended, once it has."""
        return self._failure

    def close(self) -> None:
        """End the connection and the thread."""
        self._is_closed = True
        for end in self._ends():
            _wake_reader(end)
        self._thread.join(timeout=2.0)

    def wait_until_ended(self, timeout_seconds: float) -> None:
        """Give the gate a moment to notice what FFmpeg noticed first."""
        self._thread.join(timeout_seconds)

    def _run(self) -> None:
        try:
            self._downstream, _ = self._listener.accept()
            self._downstream.settimeout(None)
            self._downstream.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _BUFFER_BYTES)
            self._relay(self._downstream)
        except StreamError as error:
            self._failure = error
        except (OSError, ValueError) as error:
            if not self._is_closed:
                self._failure = SourceLost(f"{self._name}: the connection broke off ({_explain(error)})")
        finally:
            for end in self._ends():
                _wake_reader(end)
                end.close()

    def _relay(self, downstream: socket.socket) -> None:
        """Pass messages and packets both ways until either end closes."""
        from_ffmpeg = _Flow(downstream, self._upstream, self._pass_request)
        from_camera = _Flow(self._upstream, downstream, self._pass_response)
        heard_at = time.monotonic()
        with selectors.DefaultSelector() as selector:
            for flow in (from_ffmpeg, from_camera):
                selector.register(flow.origin, selectors.EVENT_READ, flow)
            while True:
                remaining_seconds = heard_at + self._silence_seconds - time.monotonic()
                ready = [key.data for key, _ in selector.select(max(remaining_seconds, 0.0))]
                if from_camera not in ready and remaining_seconds <= 0:
                    raise SourceLost(f"{self._name}: the camera sent nothing for {self._silence_seconds:g} s")
                if from_camera in ready:
                    heard_at = time.monotonic()
                for flow in ready:
                    if not self._pass(flow):
                        return

    def _pass(self, flow: "_Flow") -> bool:
        """Hand on what has arrived; tell whether FFmpeg is still there."""
        received = flow.origin.recv(_RECEIVE_BYTES)
        if not received and flow.origin is self._upstream:
            raise SourceLost(f"{self._name}: the camera closed the connection")
        try:
            passed = b"".join(
                found.raw if isinstance(found, MediaPacket) else flow.translate(found)
                for found in flow.parser.feed(received)
            )
        except ValueError as error:
            raise SourceLost(f"{self._name}: required an RTSP camera, but {error}") from None
        flow.target.sendall(passed)
        return bool(received)

    def _pass_request(self, request: RtspMessage) -> bytes:
        """Return the request as the camera shall see it: with its own address, and logged in once that is asked."""
        method, url, version = request.request_line
        if self._last_request is None and not url.startswith(self.url):
            raise SourceLost(f"{self._name}: a stranger connected to the gate")
        if url.startswith(self.url):
            url = self._camera.url + url[len(self.url) :]
        self._last_request = RtspMessage(f"{method} {url} {version}", request.headers, request.body)
        self._has_logged_in = self._login.is_demanded
        return self._logged_in(self._last_request).encode()

    def _logged_in(self, request: RtspMessage) -> RtspMessage:
        if not self._login.is_demanded:
            return request
        method, url, _ = request.request_line
        header = ("Authorization", self._login.answer(method, url))
        return RtspMessage(request.start_line, (*request.headers, header), request.body)

    def _pass_response(self, response: RtspMessage) -> bytes:
        """Return the response for FFmpeg; a demand to log in is answered here, anything fatal raises."""
        status = response.status
        if status == 401:
            return self._log_in(response)
        if 300 <= status < 400:
            raise SourceRefused(f"{self._name}: the camera redirects to another address, which is never followed")
        if status >= 400 and self._is_essential():
            reason = _REASONS.get(status, f"answers {status}")
            raise SourceLost(f"{self._name}: the camera {reason}")
        if any(line in response.body for line in _FORBIDDEN_SDP_LINES):
            raise SourceRefused(f"{self._name}: required H.264, H.265 or MJPEG, the camera offers Windows Media")
        return response.encode()

    def _is_essential(self) -> bool:
        return self._last_request is not None and self._last_request.request_line[0] in _ESSENTIAL_METHODS

    def _log_in(self, response: RtspMessage) -> bytes:
        is_stale = any("stale=true" in value.lower().replace('"', "") for value in response.values("WWW-Authenticate"))
        if not self._camera.username:
            raise SourceLost(f"{self._name}: the camera asks for a user name and password; the address has none")
        if self._has_logged_in and not is_stale:
            raise SourceLost(f"{self._name}: the camera refuses the user name or password")
        self._login.demand(response.values("WWW-Authenticate"))
        if not self._login.is_demanded or self._last_request is None:
            raise SourceLost(f"{self._name}: the camera asks for a way to log in that is not known")
        self._has_logged_in = True
        self._upstream.sendall(self._logged_in(self._last_request).encode())
        return b""

    def _ends(self) -> list[socket.socket]:
        return [end for end in (self._listener, self._upstream, self._downstream) if end is not None]


@dataclass(frozen=True, eq=False)
class _Flow:
    """One direction of the connection."""

    origin: socket.socket
    target: socket.socket
    translate: Callable[[RtspMessage], bytes]
    parser: RtspParser = field(default_factory=RtspParser)


def _connect(camera: CameraAddress, name: str, timeout_seconds: float) -> socket.socket:
    try:
        connection = socket.create_connection((camera.host, camera.port), timeout_seconds)
    except socket.gaierror:
        raise SourceLost(f"{name}: no host of the name {camera.host!r} is known; check the address") from None
    except ConnectionRefusedError:
        raise SourceLost(f"{name}: nothing listens at port {camera.port}; is the camera up?") from None
    except TimeoutError:
        raise SourceLost(f"{name}: the camera did not answer within {timeout_seconds:g} s") from None
    except (OSError, UnicodeError) as error:
        raise SourceLost(f"{name}: the camera cannot be reached ({_explain(error)})") from None
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER_BYTES)
    return connection


def _explain(error: BaseException) -> str:
    return (getattr(error, "strerror", None) or type(error).__name__).lower()


def _wake_reader(end: socket.socket) -> None:
    """End a connection so that whoever waits for it wakes; a mere close would leave a selector waiting."""
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
