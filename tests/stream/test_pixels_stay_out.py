"""Pixels never enter the durable server: a pattern planted in a video is looked for in all that it holds."""

import base64
import signal
from pathlib import Path

import numpy as np

from stream.bus import Bus
from stream.video_writer import VideoWriter
from tests.stream.ingest_system import IngestSystem
from tests.waiting import wait_until

JPEG_BEGINNING = b"\xff\xd8\xff"
PATTERN_BYTES = 60


def write_planted_video(path: Path) -> Path:
    """A still picture of stripes whose rows are unlike anything else."""
    levels = np.random.default_rng(77).integers(16, 240, (1, 40, 3), dtype=np.uint8)
    picture = np.repeat(np.repeat(levels, 8, axis=1), 240, axis=0)
    writer = VideoWriter(path, width=320, height=240, frame_rate_hz=25)
    for _ in range(50):
        writer.write(picture)
    writer.close()
    return path


def all_that_the_server_holds(bus: Bus, directory: Path) -> bytes:
    """Its files, with a snapshot of its memory that is not compressed."""
    bus.client.config_set("rdbcompression", "no")
    bus.client.save()
    files = [path.read_bytes() for path in sorted(directory.rglob("*")) if path.is_file()]
    assert any(content.startswith((b"REDIS", b"VALKEY")) for content in files), "there must be a snapshot to look in"
    return b"\n".join(files)


def disguises(pattern: bytes) -> list[bytes]:
    """The pattern as it is, and as base64 writes it, wherever its groups of three bytes begin."""
    return [pattern, *(base64.b64encode(pattern[start : start + 48]) for start in range(3))]


def test_a_pattern_planted_in_a_video_is_in_the_frame_store_and_nowhere_on_the_server(
    system: IngestSystem, tmp_path: Path
) -> None:
    system.add("cam", write_planted_video(tmp_path / "planted.mp4"), loop=True, privacy="clear")
    process = system.start("cam")
    request = system.wait_for_clips("cam", 3)[0]
    wait_until(lambda: system.store.latest_preview("cam") is not None, 5)
    wait_until(lambda: system.frames("cam").published > 0, 5)
    process.send_signal(signal.SIGTERM)
    assert process.wait(5) == 0
    frame = system.store.get_chunk("cam", request.chunk_ids[0])[0]
    pattern = frame[20].tobytes()[:PATTERN_BYTES]
    assert len(set(pattern)) > 15, "the pattern must be unlike anything else"

    stored = b"".join(path.read_bytes() for path in (tmp_path / "frames").rglob("*") if path.is_file())
    assert pattern in stored
    assert JPEG_BEGINNING in stored, "the preview"

    held = all_that_the_server_holds(system.bus, system.server_directory)
    assert request.chunk_ids[0].encode() in held, "the request itself is there, so the right place was searched"
    assert not [found for found in (*disguises(pattern), JPEG_BEGINNING) if found in held]

    system.bus.client.set("planted", pattern)
    assert pattern in all_that_the_server_holds(system.bus, system.server_directory), "the search finds what is there"
