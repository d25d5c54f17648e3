"""Playlists and other texts in disguise: each must be refused, and the file that it names never opened."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from stream.errors import SourceRefused
from stream.sources.containers import find_container, sniff
from stream.sources.opening import open_source
from tests.stream.sources.conftest import OpenWatch
from tests.stream.sources.made_videos import make_video

DISGUISES = {
    "ffconcat.mp4": "ffconcat version 1.0\nfile canary.ts\n",
    "ffconcat_bare.mkv": "file 'canary.ts'\n",
    "hls.mp4": "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\ncanary.ts\n#EXT-X-ENDLIST\n",
    "hls_absolute.ts": "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\nfile://{folder}/canary.ts\n#EXT-X-ENDLIST\n",
    "session.mov": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\n",
    "dash.mp4": '<?xml version="1.0"?><MPD><Period><BaseURL>canary.ts</BaseURL></Period></MPD>',
    "subtitles.avi": "1\n00:00:00,000 --> 00:00:02,000\nhello\n",
    "script.mp4": "#!/bin/sh\ncat canary.ts\n",
    "reference.mp4": "RTSPtextRTSP://127.0.0.1:1/x\n",
    "page.mp4": "<html><video src='canary.ts'></html>",
    "playlist.avi": "[playlist]\nFile1=canary.ts\n",
}


@pytest.mark.parametrize("name", DISGUISES)
def test_text_in_disguise_is_refused_and_its_neighbour_never_opened(
    name: str, tmp_path: Path, watch_opens: Callable[[Path], OpenWatch]
) -> None:
    canary = make_video(tmp_path / "canary.ts", container="mpegts", num_frames=5)
    disguised = tmp_path / name
    disguised.write_text(DISGUISES[name].format(folder=tmp_path))
    watch = watch_opens(canary)
    with pytest.raises(SourceRefused, match=f"{name}: required an mp4, mov, mkv, avi or ts video, found"):
        open_source(str(disguised))
    assert watch.num_opens() == 0


def test_watch_would_have_seen_the_neighbour_opened(tmp_path: Path, watch_opens: Callable[[Path], OpenWatch]) -> None:
    canary = tmp_path / "canary.ts"
    canary.touch()
    watch = watch_opens(canary)
    canary.read_bytes()
    assert watch.num_opens() == 1


def test_playlist_behind_an_honest_head_reaches_only_the_pinned_demuxer(
    tmp_path: Path, watch_opens: Callable[[Path], OpenWatch]
) -> None:
    canary = make_video(tmp_path / "canary.ts", container="mpegts", num_frames=5)
    disguised = tmp_path / "polyglot.mp4"
    disguised.write_bytes(b"\0\0\0\x18ftypisom" + b"\0" * 12 + b"\n#EXTM3U\n#EXTINF:2,\ncanary.ts\n")
    watch = watch_opens(canary)
    with pytest.raises(SourceRefused, match=r"polyglot.mp4: required a complete mp4 video"):
        open_source(str(disguised))
    assert watch.num_opens() == 0


def test_mov_with_an_external_data_reference_reads_no_other_file(
    tmp_path: Path, small_video: Path, watch_opens: Callable[[Path], OpenWatch]
) -> None:
    canary = tmp_path / "canary.mp4"
    shutil.copy(small_video, canary)
    content = small_video.read_bytes()
    # The self-contained flag of the data reference is cleared and its type made an alias record's.
    at = content.index(b"url \0\0\0\x01")
    reference = tmp_path / "reference.mov"
    reference.write_bytes(content[:at] + b"alis\0\0\0\0" + content[at + 8 :])
    watch = watch_opens(canary)
    try:
        with open_source(str(reference)) as reader:
            list(reader)
    except SourceRefused:
        pass
    assert watch.num_opens() == 0


@pytest.mark.parametrize(
    ("name", "container", "codec"),
    [
        ("a.mp4", None, "libx264"),
        ("a.m4v", "mp4", "libx264"),
        ("a.mov", None, "libx265"),
        ("a.mkv", None, "libx264"),
        ("a.avi", None, "mpeg4"),
        ("a.ts", "mpegts", "libx264"),
        ("a.m2ts", "mpegts", "libx264"),
        ("A.MP4", "mp4", "mjpeg"),
        ("no_suffix", "matroska", "mjpeg"),
        ("wrong_suffix.mp4", "matroska", "libx264"),
    ],
)
def test_honest_videos_are_opened_by_what_their_bytes_are(
    name: str, container: str | None, codec: str, tmp_path: Path
) -> None:
    path = make_video(tmp_path / name, codec=codec, container=container, num_frames=12)
    with open_source(str(path)) as reader:
        frames = list(reader)
    assert len(frames) == reader.num_decoded == 12
    assert reader.num_damaged == 0
    assert (reader.media.width, reader.media.height) == (64, 48)
    assert [round(frame.pts_seconds - frames[0].pts_seconds, 3) for frame in frames] == [
        round(index / 25, 3) for index in range(12)
    ]


def test_video_named_as_something_else_is_refused(tmp_path: Path) -> None:
    path = make_video(tmp_path / "video.txt", container="mp4", num_frames=2)
    with pytest.raises(SourceRefused, match=r"video.txt: required the name of .* found .txt; the content is mp4"):
        find_container(path)


def test_gif_is_refused_by_name(shared_data: Path) -> None:
    with pytest.raises(SourceRefused, match=r"classroom.gif: required an mp4.* found a GIF picture"):
        open_source(str(shared_data / "people" / "classroom.gif"))


def test_transport_stream_is_found_at_any_phase(tmp_path: Path) -> None:
    content = make_video(tmp_path / "a.ts", container="mpegts").read_bytes()
    assert all(sniff(content[cut : cut + 4096]) is not None for cut in range(0, 188, 17))
    assert sniff(b"G" + b"\0" * 4000) is None
