import os
import random
import struct
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from stream.errors import SourceRefused
from stream.sources.frame import DecodedFrame
from stream.sources.opening import open_source
from tests.stream.sources.made_videos import make_sound, make_video, pictures


def frames_of(path: Path) -> list[DecodedFrame]:
    with open_source(str(path)) as reader:
        return list(reader)


def spacing(frames: list[DecodedFrame]) -> list[float]:
    times = [frame.pts_seconds for frame in frames]
    assert None not in times
    return [float(step) for step in np.round(np.diff(np.array(times, float)), 3)]


def patched(source: Path, target: Path, old: bytes, new: bytes) -> Path:
    content = source.read_bytes()
    assert old in content
    target.write_bytes(content.replace(old, new))
    return target


# What is refused


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("empty.mp4", b"", "found an empty file"),
        ("text.mp4", b"hello", "found text"),
        ("noise.mp4", bytes(range(128, 256)) * 8, "found bytes that begin 80 81"),
        ("head.mp4", b"\0\0\0\x18ftypisom\0\0\2\0isommp41", "damaged or cut off at its header"),
        ("head.mkv", b"\x1a\x45\xdf\xa3" + b"\0" * 64, "damaged or cut off at its header"),
        ("head.avi", b"RIFF\x10\0\0\0AVI " + b"\0" * 64, "required"),
        ("head.ts", (b"G\x1f\xff\x10" + b"\xff" * 184) * 20, "required"),
    ],
)
def test_file_without_video_is_refused_with_what_was_found(
    name: str, content: bytes, reason: str, tmp_path: Path
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(SourceRefused, match=reason) as caught:
        open_source(str(path))
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_missing_file_directory_and_pipe_are_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.mp4")
    for path, reason in (("none.mp4", "no such file"), ("", "a directory"), ("pipe.mp4", "a device, pipe or socket")):
        with pytest.raises(SourceRefused, match=f"found {reason}"):
            open_source(str(tmp_path / path))


def test_sound_alone_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceRefused, match=r"sound.mp4: required a video stream, found audio only"):
        open_source(str(make_sound(tmp_path / "sound.mp4")))


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("none.mp4", "required a video stream, found no stream at all$"),
        ("none.mkv", "ends at its header: it holds none"),
    ],
)
def test_video_of_no_frames_at_all_is_refused_for_that(tmp_path: Path, name: str, reason: str) -> None:
    with pytest.raises(SourceRefused, match=reason):
        open_source(str(make_video(tmp_path / name, num_frames=0)))


def test_video_without_a_single_frame_is_refused(tmp_path: Path, small_video: Path) -> None:
    content = bytearray(small_video.read_bytes())
    start = content.index(b"mdat") + 4
    content[start : content.index(b"moov") - 4] = bytes(content.index(b"moov") - 4 - start)
    (tmp_path / "blank.mp4").write_bytes(content)
    with pytest.raises(SourceRefused, match=r"blank.mp4: required at least one picture"):
        open_source(str(tmp_path / "blank.mp4"))


@pytest.mark.parametrize("codec", ["mpeg2video", "ffv1", "libvpx"])
def test_codec_outside_the_list_is_refused_by_name(codec: str, tmp_path: Path) -> None:
    path = make_video(tmp_path / "other.mkv", codec=codec, num_frames=3)
    with pytest.raises(
        SourceRefused, match=r"required a codec of h264, hevc, mjpeg, mpeg4, found (mpeg2video|ffv1|vp8)"
    ):
        open_source(str(path))


@pytest.mark.parametrize("container", ["avi", "mov", "matroska"])
def test_giant_frames_are_refused_from_the_header(container: str, tmp_path: Path) -> None:
    path = make_video(tmp_path / "jpeg.video", codec="mjpeg", container=container, num_frames=2)
    content = path.read_bytes()
    for form, size in ((">HH", (48, 64)), (">HH", (64, 48)), ("<II", (64, 48))):
        content = content.replace(struct.pack(form, *size), struct.pack(form, 20_000, 20_000))
    (tmp_path / "giant.mov").write_bytes(content)
    # In mkv only the picture itself was made to lie: the decoder refuses to allocate it.
    with pytest.raises(
        SourceRefused, match=r"giant.mov: required (frames of 1 to 35389440 pixels|at least one picture)"
    ):
        open_source(str(tmp_path / "giant.mov"))


def test_limit_of_pixels_is_the_callers(small_video: Path) -> None:
    open_source(str(small_video), max_pixels=64 * 48).close()
    with pytest.raises(SourceRefused, match=r"1 to 3071 pixels .*found (64x48|larger ones)"):
        open_source(str(small_video), max_pixels=64 * 48 - 1)


# What is read, however odd


@pytest.mark.parametrize(("width", "height"), [(2, 2), (16, 16), (66, 50), (34, 18)])
def test_small_sizes_are_read(width: int, height: int, tmp_path: Path) -> None:
    frames = frames_of(make_video(tmp_path / "a.mp4", width=width, height=height, num_frames=3))
    assert [frame.to_rgb(height, width).shape for frame in frames] == [(height, width, 3)] * 3


@pytest.mark.parametrize(("width", "height"), [(1, 1), (3, 5), (63, 47)])
def test_odd_sizes_are_read(width: int, height: int, tmp_path: Path) -> None:
    path = make_video(tmp_path / "odd.mkv", codec="mjpeg", width=width, height=height, num_frames=3)
    first = frames_of(path)[0]
    assert (first.width, first.height) == (width, height)
    assert first.to_rgb(256, 340).shape == (256, 340, 3)
    assert np.abs(first.to_rgb(height, width).astype(int) - pictures(1, width, height)[0]).mean() < 12


def test_8k_is_read(tmp_path: Path) -> None:
    path = tmp_path / "8k.avi"
    with av.open(str(path), "w") as output:
        stream = output.add_stream("mjpeg", rate=25)
        stream.width, stream.height, stream.pix_fmt = 8192, 4320, "yuvj420p"
        output.mux(stream.encode(av.VideoFrame(8192, 4320, "yuvj420p")))
        output.mux(stream.encode())
    frame = frames_of(path)[0]
    assert (frame.width, frame.height) == (8192, 4320)
    assert frame.to_rgb(*frame.size_for_short_side(256)).shape == (256, 485, 3)


@pytest.mark.parametrize(
    ("matrix", "turn"),
    [((0, 1, -1, 0), 3), ((-1, 0, 0, -1), 2), ((0, -1, 1, 0), 1)],
    ids=["90 clockwise", "180", "90 counterclockwise"],
)
def test_rotation_tag_is_obeyed(
    matrix: tuple[int, int, int, int], turn: int, tmp_path: Path, small_video: Path
) -> None:
    def box(a: int, b: int, c: int, d: int) -> bytes:
        return struct.pack(">9i", a << 16, b << 16, 0, c << 16, d << 16, 0, 0, 0, 1 << 30)

    turned = patched(
        small_video,
        tmp_path / "turned.mp4",
        b"\0" * 4 + box(1, 0, 0, 1) + struct.pack(">I", 64 << 16),
        b"\0" * 4 + box(*matrix) + struct.pack(">I", 64 << 16),
    )
    upright, frame = frames_of(small_video)[0], frames_of(turned)[0]
    assert (frame.height, frame.width) == ((64, 48) if turn % 2 else (48, 64))
    np.testing.assert_array_equal(frame.to_rgb(frame.height, frame.width), np.rot90(upright.to_rgb(48, 64), turn))


def test_pixels_that_are_not_square_are_made_so(tmp_path: Path) -> None:
    path = tmp_path / "wide.mkv"
    with av.open(str(path), "w") as output:
        stream = output.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        stream.codec_context.sample_aspect_ratio = Fraction(16, 11)
        for picture in pictures(3):
            output.mux(stream.encode(av.VideoFrame.from_ndarray(picture)))
        output.mux(stream.encode())
    frame = frames_of(path)[0]
    assert (frame.width, frame.height) == (93, 48)
    assert frame.size_for_short_side(24) == (24, 46)


@pytest.mark.parametrize(
    ("codec", "pixel_format"),
    [
        ("libx264", "yuv420p10le"),
        ("libx265", "yuv420p10le"),
        ("libx264", "yuv422p"),
        ("libx264", "yuv444p"),
        ("libx264rgb", "rgb24"),
        ("mjpeg", "yuvj444p"),
    ],
)
def test_unusual_sample_forms_give_the_same_picture(codec: str, pixel_format: str, tmp_path: Path) -> None:
    options = {"crf": "5"} if codec.startswith("libx264") else None
    path = make_video(tmp_path / "a.mkv", codec=codec, pixel_format=pixel_format, num_frames=2, options=options)
    expected = pictures(1)[0].astype(int)
    # Coding at these settings moves a value by 3 on average; a wrong matrix, range or depth by far more.
    assert np.abs(frames_of(path)[0].to_rgb(48, 64).astype(int) - expected).mean() < 5


def test_variable_frame_rate_keeps_its_times(tmp_path: Path) -> None:
    times = [0.0, 0.04, 0.08, 0.4, 0.44, 1.5, 1.52]
    frames = frames_of(make_video(tmp_path / "vfr.mp4", num_frames=7, times_seconds=times))
    assert [frame.pts_seconds for frame in frames] == pytest.approx(times, abs=1e-4)


def test_times_count_from_the_start_of_the_container(tmp_path: Path) -> None:
    frames = frames_of(
        make_video(tmp_path / "late.ts", container="mpegts", num_frames=3, times_seconds=[7.0, 7.1, 7.2])
    )
    assert [frame.pts_seconds for frame in frames] == pytest.approx([0.0, 0.1, 0.2], abs=1e-4)


def test_avi_frames_come_in_order_though_it_stores_no_times(tmp_path: Path) -> None:
    path = make_video(tmp_path / "b.avi", num_frames=20, options={"bf": "3", "preset": "medium"})
    assert spacing(frames_of(path)) == [0.04] * 19


@pytest.mark.parametrize(("scale", "rate"), [(1, 100_000_000), (2**31 - 1, 1)])
def test_impossible_declared_rate_is_not_believed(scale: int, rate: int, tmp_path: Path) -> None:
    path = make_video(tmp_path / "a.avi", codec="mjpeg", num_frames=4)
    path = patched(path, tmp_path / "rate.avi", struct.pack("<II", 1, 25), struct.pack("<II", scale, rate))
    with open_source(str(path)) as reader:
        assert len(list(reader)) == 4
        assert reader.media.declared_rate_hz is None


@pytest.mark.parametrize(("scale", "rate"), [(0, 25), (1, 0), (0, 0)])
def test_declared_rate_of_zero_is_survived(scale: int, rate: int, tmp_path: Path) -> None:
    path = make_video(tmp_path / "a.avi", codec="mjpeg", num_frames=4)
    path = patched(path, tmp_path / "rate.avi", struct.pack("<II", 1, 25), struct.pack("<II", scale, rate))
    assert len(frames_of(path)) == 4


def test_sound_and_data_beside_the_video_are_ignored(tmp_path: Path) -> None:
    assert len(frames_of(make_video(tmp_path / "both.mp4", num_sounds=10, num_frames=8))) == 8


def test_of_several_videos_the_largest_default_one_is_read(shared_data: Path) -> None:
    with open_source(str(shared_data / "people" / "nasa_13013.mp4")) as reader:
        frames = list(reader)
    assert (reader.media.width, reader.media.height, reader.media.codec) == (480, 270, "h264")
    assert len(frames) == 390
    assert set(spacing(frames)) <= {0.033, 0.034}


def test_resolution_may_change_on_the_way(tmp_path: Path) -> None:
    first = make_video(tmp_path / "a.ts", container="mpegts", num_frames=6, times_seconds=[i / 25 for i in range(6)])
    times = [(6 + i) / 25 for i in range(6)]
    second = make_video(tmp_path / "b.ts", container="mpegts", num_frames=6, width=96, height=64, times_seconds=times)
    (tmp_path / "c.ts").write_bytes(first.read_bytes() + second.read_bytes())
    sizes = [(frame.width, frame.height) for frame in frames_of(tmp_path / "c.ts")]
    assert sizes[0] == (64, 48)
    assert sizes[-1] == (96, 64)


# Damage


def test_bit_flips_are_counted_and_decoding_goes_on(tmp_path: Path) -> None:
    path = make_video(tmp_path / "a.ts", container="mpegts", num_frames=60, width=160, height=120)
    content = bytearray(path.read_bytes())
    chance = random.Random(7)
    for _ in range(40):
        content[chance.randrange(len(content) // 4, len(content) * 3 // 4)] ^= 1 << chance.randrange(8)
    (tmp_path / "flipped.ts").write_bytes(content)
    with open_source(str(tmp_path / "flipped.ts")) as reader:
        frames = list(reader)
    assert reader.num_damaged > 0
    assert sum(frame.is_damaged for frame in frames) > 0
    assert len(frames) > 40
    assert not frames[-1].is_damaged


def test_truncated_file_gives_what_it_still_holds(tmp_path: Path) -> None:
    content = make_video(tmp_path / "a.mkv", num_frames=60, width=160, height=120).read_bytes()
    (tmp_path / "cut.mkv").write_bytes(content[: len(content) * 2 // 3])
    with open_source(str(tmp_path / "cut.mkv")) as reader:
        assert 20 < len(list(reader)) < 60


def test_closing_twice_and_early_does_no_harm(small_video: Path) -> None:
    reader = open_source(str(small_video))
    next(iter(reader))
    reader.close()
    reader.close()
