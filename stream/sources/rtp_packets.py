"""A recording as the RTP packets that a camera would send for it, again and again, nothing encoded anew.

FFmpeg's own RTP muxer cuts the packets (RFC 6184, 7798 and 2435) and writes the sender reports.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
from av.bitstream import BitStreamFilterContext
from av.packet import Packet
from av.video.stream import VideoStream

from stream.errors import SourceRefused
from stream.sources.av_input import WORLD_ERRORS, choose_stream, explain, open_input
from stream.sources.containers import find_container
from stream.sources.jpeg_segments import RESTART_INTERVAL, jpeg_segments

RTP_CLOCK_HZ = 90_000
_CLOCK = Fraction(1, RTP_CLOCK_HZ)
_MTU_BYTES = 1400
_IO_BUFFER_BYTES = 1500
_MAX_PIXELS = 8192 * 4320
_FALLBACK_FRAME_TICKS = RTP_CLOCK_HZ // 25
_RTCP_TYPES = range(192, 224)
_RTP_NAMES = {"h264": "H264", "hevc": "H265", "mjpeg": "JPEG"}
_JPEG_PAYLOAD_TYPE = 26
_DYNAMIC_PAYLOAD_TYPE = 96
_LENGTH_PREFIXED_MARK = b"\x01"
"""First byte of the configuration of H.264 and H.265 in mp4 and mkv, whose units carry lengths, not start codes."""


@dataclass(frozen=True)
class TimedPackets:
    """The packets of one picture."""

    due_seconds: float
    """When to send them, from the start of the first pass."""
    is_keyframe: bool
    packets: tuple[bytes, ...]
    """RTP and RTCP packets in order."""


class RtpRecording:
    """One video file, made ready for sending."""

    def __init__(self, path: Path) -> None:
        """Check that the file is one that RTP can carry.

        Raises:
            SourceRefused: it cannot be read, or its codec is none of H.264, H.265 and MJPEG.
        """
        self._path = path
        self._demuxer = find_container(path).demuxer
        with self._open() as container:
            stream = choose_stream(container, name=str(path))
            codec = stream.codec_context.codec.name
            first = next(bytes(packet) for packet in container.demux(stream))
        if codec not in _RTP_NAMES:
            raise SourceRefused(f"{path}: required a codec of {', '.join(_RTP_NAMES)} to send over RTP, found {codec}")
        self.codec = codec
        has_restarts = any(marker == RESTART_INTERVAL for marker, _ in jpeg_segments(first))
        if has_restarts or not any(map(is_media, next(self.play_for_ever()).packets)):
            raise SourceRefused(
                f"{path}: required MJPEG with the standard Huffman tables and without restart intervals, which is all "
                "that FFmpeg sends over RTP; write it with huffman=default and one thread"
            )

    @property
    def sdp(self) -> str:
        """The session's description; parameter sets travel with every keyframe instead."""
        payload_type = _JPEG_PAYLOAD_TYPE if self.codec == "mjpeg" else _DYNAMIC_PAYLOAD_TYPE
        lines = (
            "v=0",
            "o=- 0 0 IN IP4 127.0.0.1",
            "s=Vigil virtual camera",
            "c=IN IP4 0.0.0.0",
            "t=0 0",
            "a=control:*",
            f"m=video 0 RTP/AVP {payload_type}",
            f"a=rtpmap:{payload_type} {_RTP_NAMES[self.codec]}/{RTP_CLOCK_HZ}",
            *(["a=fmtp:96 packetization-mode=1"] if self.codec == "h264" else []),
            "a=control:video",
        )
        return "\r\n".join((*lines, ""))

    def play_for_ever(self) -> Iterator[TimedPackets]:
        """Yield the packets of every picture in order of sending; timestamps go on rising over the passes."""
        sent = _PacketCollector()
        muxer = av.open(sent, "w", format="rtp", options={"packetsize": str(_MTU_BYTES)}, buffer_size=_IO_BUFFER_BYTES)
        output: VideoStream | None = None
        offset_ticks = 0
        while True:
            with self._open() as container:
                stream = choose_stream(container, name=str(self._path))
                is_first_pass = output is None
                output = output or muxer.add_stream_from_template(stream)
                cutter = _start_code_filter(stream, output if is_first_pass else None)
                timeline = _Timeline(stream, offset_ticks)
                for packet in container.demux(stream):
                    if not packet.size:
                        continue
                    due_ticks, is_keyframe = timeline.place(packet), packet.is_keyframe  # the filter empties the packet
                    for ready in cutter.filter(packet) if cutter else [packet]:
                        ready.stream = output
                        muxer.mux(ready)
                    yield TimedPackets(due_ticks / RTP_CLOCK_HZ, is_keyframe, sent.take())
                offset_ticks = timeline.end_ticks

    def _open(self) -> av.container.InputContainer:
        try:
            return open_input(
                f"file:{self._path.absolute()}", demuxer=self._demuxer, protocols="file", max_pixels=_MAX_PIXELS
            )
        except WORLD_ERRORS as error:
            raise SourceRefused(f"{self._path}: required a readable video ({explain(error)})") from None


def is_media(packet: bytes) -> bool:
    """Return whether a packet is RTP rather than RTCP."""
    return packet[1] not in _RTCP_TYPES


class _PacketCollector:
    """A file for the muxer to write to: it flushes after every packet, so each write is one."""

    name = "rtp"

    def __init__(self) -> None:
        self._packets: list[bytes] = []

    def write(self, packet: bytes) -> int:
        self._packets.append(bytes(packet))
        return len(packet)

    def take(self) -> tuple[bytes, ...]:
        taken, self._packets = tuple(self._packets), []
        return taken


class _Timeline:
    """Moves the times of one pass behind those of the pass before, in ticks of the RTP clock."""

    def __init__(self, stream: VideoStream, start_ticks: int) -> None:
        rate = stream.average_rate
        self._frame_ticks = int(RTP_CLOCK_HZ / rate) if rate else _FALLBACK_FRAME_TICKS
        self._reorder_ticks = stream.codec_context.reorder_depth * self._frame_ticks
        self._start_ticks = start_ticks
        self._shift_ticks: int | None = None
        self.end_ticks = start_ticks

    def place(self, packet: "Packet[VideoStream]") -> int:
        """Give the packet its new times; return when it is due, which is when it must be decoded."""
        decode, present = self._ticks(packet.dts, packet), self._ticks(packet.pts, packet)
        if self._shift_ticks is None:
            if decode is None:  # mkv keeps no times of decoding, and FFmpeg cannot guess the first ones
                decode = (present or 0) - self._reorder_ticks
            self._shift_ticks = self._start_ticks - decode
        due = self.end_ticks if decode is None else max(decode + self._shift_ticks, self.end_ticks - self._frame_ticks)
        packet.time_base = _CLOCK
        packet.dts = due
        packet.pts = due if present is None else max(present + self._shift_ticks, due)
        packet.duration = self._frame_ticks
        self.end_ticks = due + self._frame_ticks
        return due

    def _ticks(self, time: int | None, packet: "Packet[VideoStream]") -> int | None:
        return None if time is None or packet.time_base is None else int(time * packet.time_base / _CLOCK)


def _start_code_filter(stream: VideoStream, output: VideoStream | None) -> BitStreamFilterContext | None:
    """Return a filter that puts start codes and, before every keyframe, the parameter sets into the stream."""
    codec = stream.codec_context.codec.name
    if codec == "mjpeg":
        return None
    is_length_prefixed = (stream.codec_context.extradata or b"")[:1] == _LENGTH_PREFIXED_MARK
    name = f"{codec}_mp4toannexb" if is_length_prefixed else "dump_extra=freq=keyframe"
    return BitStreamFilterContext(name, stream, output)
