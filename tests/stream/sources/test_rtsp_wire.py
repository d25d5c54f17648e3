import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.sources.rtsp_wire import MediaPacket, RtspMessage, RtspParser

RESPONSE = RtspMessage("RTSP/1.0 200 OK", (("CSeq", "3"), ("Content-Length", "5")), b"a=b\r\n")
REQUEST = RtspMessage("DESCRIBE rtsp://cam/live RTSP/1.0", (("CSeq", "3"),))
PACKET = MediaPacket(b"$\x01\x00\x03abc")


def cut(content: bytes, sizes: list[int]) -> list[bytes]:
    pieces = []
    for size in sizes:
        pieces.append(content[:size])
        content = content[size:]
    return [*pieces, content]


@given(sizes=st.lists(st.integers(1, 40), max_size=20))
def test_stream_comes_apart_however_it_is_cut(sizes: list[int]) -> None:
    sent = [RESPONSE, PACKET, PACKET, REQUEST, PACKET, RESPONSE]
    content = b"".join(part.raw if isinstance(part, MediaPacket) else part.encode() for part in sent)
    parser = RtspParser()
    assert [found for piece in cut(content, sizes) for found in parser.feed(piece)] == sent


def test_stray_line_ends_between_messages_are_passed_over() -> None:
    assert list(RtspParser().feed(b"\r\n" + RESPONSE.encode() + b"\r\n" + PACKET.raw)) == [RESPONSE, PACKET]


def test_status_and_headers_are_read_without_regard_to_case() -> None:
    assert RESPONSE.status == 200
    assert REQUEST.status == 0
    assert RESPONSE.values("cseq") == ["3"]
    assert REQUEST.request_line == ("DESCRIBE", "rtsp://cam/live", "RTSP/1.0")


@pytest.mark.parametrize(
    ("received", "reason"),
    [
        (b"HTTP/1.1 200 OK\r\n\r\n", "does not speak RTSP"),
        (b"x" * 20_000, "head exceeds 16384 bytes"),
        (b"RTSP/1.0 200 OK\r\nContent-Length: 99999999\r\n\r\n", "a body of 99999999 bytes, more than 131072"),
        (b"RTSP/1.0 200 OK\r\nContent-Length: -1\r\n\r\n", "a body of -1 bytes"),
    ],
)
def test_dishonest_messages_are_refused(received: bytes, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        list(RtspParser().feed(received))


@given(received=st.binary(max_size=2000))
def test_noise_gives_messages_or_a_clear_error_and_nothing_else(received: bytes) -> None:
    with contextlib.suppress(ValueError):
        for found in RtspParser().feed(received):
            assert isinstance(found, MediaPacket | RtspMessage)
