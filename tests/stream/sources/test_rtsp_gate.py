"""Cameras that mean harm, or are merely broken: real sockets on this machine."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from stream.errors import SourceLost, SourceRefused, StreamError
from stream.sources.opening import open_source

Answer = Callable[[str, socket.socket], bytes]
SDP = (
    "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nt=0 0\r\n"
    "m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=control:v\r\n"
)


class HostileCamera:
    """Answers every request as told; notes who connected."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.requests: list[str] = []
        self.num_connections = 0
        threading.Thread(target=self._run, daemon=True).start()

    @property
    def url(self) -> str:
        return f"rtsp://nurse:geheim@127.0.0.1:{self.port}/live"

    def _run(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self.num_connections += 1
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError), connection:
            while received := connection.recv(65536):
                for request in received.decode(errors="replace").split("\r\n\r\n")[:-1]:
                    self.requests.append(request)
                    connection.sendall(self._answer(request, connection))

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


@pytest.fixture
def camera() -> Iterator[Callable[[Answer], HostileCamera]]:
    cameras: list[HostileCamera] = []

    def make(answer: Answer) -> HostileCamera:
        cameras.append(HostileCamera(answer))
        return cameras[-1]

    yield make
    for made in cameras:
        made.close()


def respond(request: str, status: str, headers: str = "", body: str = "") -> bytes:
    sequence = next((line for line in request.split("\r\n") if line.lower().startswith("cseq")), "CSeq: 0")
    return f"RTSP/1.0 {status}\r\n{sequence}\r\n{headers}Content-Length: {len(body)}\r\n\r\n{body}".encode()


def method(request: str) -> str:
    return request.split(" ", 1)[0]


def refuse_all(status: str, headers: str = "") -> Answer:
    return lambda request, _: respond(request, status if method(request) != "OPTIONS" else "200 OK", headers)


def reason_of(url: str, kind: type[StreamError] = SourceLost) -> str:
    started_at = time.monotonic()
    with pytest.raises(kind, match=r"^rtsp://\*\*\*@127.0.0.1:\d+/live: ") as caught:
        open_source(url, open_timeout_seconds=2.0, read_timeout_seconds=1.0)
    assert time.monotonic() - started_at < 4.0
    assert "geheim" not in str(caught.value)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_redirect_is_refused_and_never_followed(camera: Callable[[Answer], HostileCamera]) -> None:
    elsewhere = camera(refuse_all("200 OK"))
    location = f"Location: rtsp://127.0.0.1:{elsewhere.port}/other\r\n"
    redirecting = camera(refuse_all("302 Moved", location))
    assert "redirects to another address" in reason_of(redirecting.url, SourceRefused)
    assert elsewhere.num_connections == 0


def test_redirect_after_the_login_is_not_followed_either(camera: Callable[[Answer], HostileCamera]) -> None:
    elsewhere = camera(refuse_all("200 OK"))

    def answer(request: str, _: socket.socket) -> bytes:
        if "Authorization" not in request:
            return respond(request, "401 Unauthorized", 'WWW-Authenticate: Digest realm="c", nonce="n"\r\n')
        return respond(request, "301 Moved", f"Location: rtsp://127.0.0.1:{elsewhere.port}/\r\n")

    assert "redirects" in reason_of(camera(answer).url, SourceRefused)
    assert elsewhere.num_connections == 0


def test_wrong_password_is_told_apart_and_tried_once(camera: Callable[[Answer], HostileCamera]) -> None:
    made = camera(lambda request, _: respond(request, "401 No", 'WWW-Authenticate: Digest realm="c", nonce="n"\r\n'))
    assert "refuses the user name or password" in reason_of(made.url)
    assert sum("Authorization" in request for request in made.requests) == 1


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        ("404 Not Found", "has no stream of that path"),
        ("403 No", "forbids"),
        ("503 Busy", "too busy"),
        ("500 x", "answers 500"),
    ],
)
def test_refusals_are_told_apart(status: str, reason: str, camera: Callable[[Answer], HostileCamera]) -> None:
    assert reason in reason_of(camera(refuse_all(status)).url)


def test_silent_camera_is_lost_in_time(camera: Callable[[Answer], HostileCamera]) -> None:
    assert "sent nothing for 1 s" in reason_of(camera(lambda *_: b"").url)


def test_camera_that_falls_silent_after_play_is_lost_in_time(camera: Callable[[Answer], HostileCamera]) -> None:
    def answer(request: str, _: socket.socket) -> bytes:
        headers = {
            "DESCRIBE": "Content-Type: application/sdp\r\n",
            "SETUP": "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\nSession: 1\r\n",
        }.get(method(request), "Session: 1\r\n")
        return respond(request, "200 OK", headers, SDP if method(request) == "DESCRIBE" else "")

    assert "sent nothing for 1 s" in reason_of(camera(answer).url)


def test_dripping_head_is_cut_off(camera: Callable[[Answer], HostileCamera]) -> None:
    def drip(_: str, connection: socket.socket) -> bytes:
        for _ in range(100):
            connection.sendall(b"RTSP/1.0 200 O")
            time.sleep(0.05)
        return b""

    assert "rtsp://***@" in reason_of(camera(drip).url)


@pytest.mark.parametrize(
    "flood",
    [
        b"RTSP/1.0 200 OK\r\nContent-Length: 999999999\r\n\r\n",
        b"RTSP/1.0 200 OK\r\n" + b"X: y\r\n" * 9999,
        b"\0" * 70_000,
    ],
)
def test_flood_before_media_is_cut_off(flood: bytes, camera: Callable[[Answer], HostileCamera]) -> None:
    assert "required an RTSP camera" in reason_of(camera(lambda *_: flood).url)


def test_server_of_another_kind_is_named_as_such(camera: Callable[[Answer], HostileCamera]) -> None:
    assert "does not speak RTSP" in reason_of(camera(lambda *_: b"HTTP/1.1 400 Bad Request\r\n\r\n").url)


def test_windows_media_session_is_refused(camera: Callable[[Answer], HostileCamera]) -> None:
    body = SDP + "a=pgmpu:data:application/vnd.ms.wms-hdr.asfv1;base64,AAAA\r\n"
    made = camera(lambda request, _: respond(request, "200 OK", "Content-Type: application/sdp\r\n", body))
    assert "offers Windows Media" in reason_of(made.url, SourceRefused)


def test_junk_instead_of_pictures_is_lost_in_time(camera: Callable[[Answer], HostileCamera]) -> None:
    def answer(request: str, connection: socket.socket) -> bytes:
        headers = {
            "DESCRIBE": "Content-Type: application/sdp\r\n",
            "SETUP": "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\nSession: 1\r\n",
        }.get(method(request), "Session: 1\r\n")
        if method(request) == "PLAY":
            threading.Thread(target=flood, args=(connection,), daemon=True).start()
        return respond(request, "200 OK", headers, SDP if method(request) == "DESCRIBE" else "")

    def flood(connection: socket.socket) -> None:
        with contextlib.suppress(OSError):
            for number in range(10_000):
                head = b"\x80\xe0" + number.to_bytes(2) + (number * 3600).to_bytes(4) + b"\0\0\0\1"
                packet = head + bytes([0x41]) + b"\x9a\x55" * 50
                connection.sendall(b"$\0" + len(packet).to_bytes(2) + packet)
                time.sleep(0.01)

    assert "rtsp://***@" in reason_of(camera(answer).url)


def test_unknown_host_and_closed_port_are_told_apart() -> None:
    with pytest.raises(
        SourceLost, match=r"rtsp://\*\*\*@no.such.invalid/x: no host of the name 'no.such.invalid' is known"
    ):
        open_source("rtsp://nurse:geheim@no.such.invalid/x")
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(SourceLost, match=rf"nothing listens at port {port}"):
        open_source(f"rtsp://nurse:geheim@127.0.0.1:{port}/live")
