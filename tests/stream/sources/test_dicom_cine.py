import logging
import tracemalloc
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydicom.pixels.processing import convert_color_space
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGLosslessSV1,
    JPEGLSLossless,
    RLELossless,
)

from stream.errors import SourceRefused
from stream.sources.dicom_cine import example_echocardiogram
from stream.sources.dicom_signature import is_dicom
from stream.sources.frame import DecodedFrame
from stream.sources.opening import open_source
from tests.stream.sources.made_cines import PATIENT, make_cine
from tests.stream.sources.made_videos import pictures

NUM_FRAMES = 5
GREY_RAMP = np.tile(np.arange(64, dtype=np.uint16) * 64, (3, 48, 1))


def colours() -> np.ndarray:
    return np.stack(pictures(NUM_FRAMES))


def frames_of(path: Path) -> list[DecodedFrame]:
    with open_source(str(path)) as reader:
        return list(reader)


def rgb_of(path: Path) -> np.ndarray:
    return np.stack([frame.to_rgb(frame.height, frame.width) for frame in frames_of(path)]).astype(int)


# The real one


def test_real_echocardiogram_is_read_with_its_frame_times() -> None:
    with open_source(str(example_echocardiogram())) as reader:
        frames = list(reader)
    media = reader.media
    assert (media.kind, media.codec, media.width, media.height, media.num_frames) == ("dicom", "jpeg", 320, 240, 30)
    assert media.declared_rate_hz == pytest.approx(30.0, abs=0.01)
    assert [frame.pts_seconds for frame in frames] == pytest.approx([index * 0.033333 for index in range(30)])
    assert reader.num_decoded == 30
    assert reader.num_damaged == 0


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, RLELossless, JPEG2000Lossless, JPEGLSLossless])
def test_real_echocardiogram_is_the_same_in_every_lossless_coding(syntax: UID, tmp_path: Path) -> None:
    decoded = np.stack([frame.to_rgb(240, 320) for frame in frames_of(example_echocardiogram())[:4]])
    again = rgb_of(make_cine(tmp_path / "again.dcm", decoded, syntax=syntax))
    # JPEG 2000 codes colour by its reversible transform: nothing is lost in any of them.
    np.testing.assert_array_equal(again, decoded)


def test_looped_cine_plays_as_a_camera() -> None:
    with open_source(str(example_echocardiogram()), loop=True, is_live=True) as reader:
        assert reader.media.kind == "dicom"
        first = next(iter(reader))
    assert first.captured_at > 0


# Colour


def test_lossy_jpeg_keeps_its_colours(tmp_path: Path) -> None:
    path = make_cine(tmp_path / "a.dcm", colours(), syntax=JPEGBaseline8Bit)
    # Quality 98 with halved chroma moves a value by 2 on average; colours taken for YBR or BGR by 40.
    assert np.abs(rgb_of(path) - colours()).mean() < 3


@pytest.mark.parametrize("photometric", ["YBR_FULL", "YBR_FULL_422"])
def test_uncompressed_ybr_becomes_rgb(photometric: str, tmp_path: Path) -> None:
    stored = convert_color_space(colours(), "RGB", "YBR_FULL")
    path = make_cine(tmp_path / "a.dcm", stored, photometric=photometric)
    assert np.abs(rgb_of(path) - colours()).mean() < 2.5


def test_planes_stored_one_after_another_are_read(tmp_path: Path) -> None:
    stored = np.ascontiguousarray(colours().transpose(0, 3, 1, 2)).reshape(colours().shape)
    path = make_cine(tmp_path / "a.dcm", stored, header={"PlanarConfiguration": 1})
    np.testing.assert_array_equal(rgb_of(path), colours())


# Grey


def test_grey_of_8_bits_is_shown_as_stored(tmp_path: Path) -> None:
    grey = (GREY_RAMP // 16).astype(np.uint8)
    path = make_cine(tmp_path / "a.dcm", grey)
    np.testing.assert_array_equal(rgb_of(path), np.repeat(grey[..., None], 3, axis=3))
    inverted = make_cine(tmp_path / "b.dcm", grey, photometric="MONOCHROME1")
    np.testing.assert_array_equal(rgb_of(inverted), 255 - np.repeat(grey[..., None].astype(int), 3, axis=3))


def test_window_and_rescale_decide_what_is_black_and_white(tmp_path: Path) -> None:
    header = {
        "WindowCenter": ["500", "9"],
        "WindowWidth": ["1000", "9"],
        "RescaleSlope": "2",
        "RescaleIntercept": "-1000",
    }
    for syntax in (ExplicitVRLittleEndian, RLELossless, JPEG2000Lossless, JPEGLSLossless):
        path = make_cine(
            tmp_path / "a.dcm", GREY_RAMP, syntax=syntax, header={**header, "BitsStored": 12, "HighBit": 11}
        )
        values = GREY_RAMP[0, 0].astype(float) * 2 - 1000
        expected = np.clip(((values - 499.5) / 999 + 0.5) * 255, 0, 255)
        np.testing.assert_allclose(rgb_of(path)[0, 0, :, 0], expected, atol=0.51)


def test_signed_values_are_placed_below_zero(tmp_path: Path) -> None:
    signed = (GREY_RAMP.astype(np.int32) - 2048).astype(np.int16)
    path = make_cine(tmp_path / "a.dcm", signed, header={"WindowCenter": "0", "WindowWidth": "4096"})
    shades = rgb_of(path)[0, 0, :, 0]
    np.testing.assert_allclose(shades, (signed[0, 0].astype(float) + 0.5) / 4095 * 255 + 127.5, atol=0.51)


def test_16_bits_without_a_window_span_what_can_be_stored_and_do_not_flicker(tmp_path: Path) -> None:
    fading = np.stack([GREY_RAMP[0] // (index + 1) for index in range(3)])
    shades = rgb_of(make_cine(tmp_path / "a.dcm", fading, header={"BitsStored": 12, "HighBit": 11}))
    np.testing.assert_allclose(shades[..., 0], fading / 4095 * 255, atol=0.51)


# Time


@pytest.mark.parametrize(
    ("header", "times", "rate_hz"),
    [
        ({}, [0, 0.04, 0.08, 0.12, 0.16], 25.0),
        ({"FrameTime": None, "FrameTimeVector": ["0", "10", "20", "30", "40"]}, [0, 0.01, 0.03, 0.06, 0.1], 40.0),
        (
            {"FrameIncrementPointer": 0x00181065, "FrameTimeVector": ["0", "10", "20", "30", "40"]},
            [0, 0.01, 0.03, 0.06, 0.1],
            40.0,
        ),
        ({"FrameTimeVector": ["0", "10", "20", "30", "40"]}, [0, 0.04, 0.08, 0.12, 0.16], 25.0),
        ({"FrameTimeVector": ["0", "10"]}, [0, 0.04, 0.08, 0.12, 0.16], 25.0),
        ({"FrameTime": "0", "CineRate": "50", "RecommendedDisplayFrameRate": "20"}, [0, 0.05, 0.1, 0.15, 0.2], 20.0),
        ({"FrameTime": None, "CineRate": "50"}, [0, 0.02, 0.04, 0.06, 0.08], 50.0),
        ({"FrameTime": "-40"}, [0, 1 / 30, 2 / 30, 3 / 30, 4 / 30], None),
        ({"FrameTime": None}, [0, 1 / 30, 2 / 30, 3 / 30, 4 / 30], None),
    ],
)
def test_frame_times_come_from_whichever_element_tells_them(
    header: dict[str, Any], times: list[float], rate_hz: float | None, tmp_path: Path
) -> None:
    path = make_cine(tmp_path / "a.dcm", colours(), header=header)
    with open_source(str(path)) as reader:
        assert [frame.pts_seconds for frame in reader] == pytest.approx(times)
    assert reader.media.declared_rate_hz == (None if rate_hz is None else pytest.approx(rate_hz))


# What is refused


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ({"NumberOfFrames": 1}, "a cine of at least 2 frames, found a single DICOM image"),
        ({"NumberOfFrames": None}, "a cine of at least 2 frames"),
        ({"NumberOfFrames": 1_000_000}, "bytes for the 1000000 frames that the header declares, found a file of"),
        ({"Rows": 9999, "Columns": 9999}, "1 to 35389440 pixels, found 9999x9999"),
        ({"Rows": 4000, "Columns": 4000}, "bytes for the 5 frames that the header declares"),
        ({"Rows": 0}, "found 64x0"),
        ({"PhotometricInterpretation": "CMYK"}, "a colour space of MONOCHROME1, .*, found CMYK"),
        ({"BitsAllocated": 32}, "found 3 samples of 32 bits as RGB"),
        ({"SamplesPerPixel": 7}, "found 7 samples"),
    ],
)
def test_header_that_lies_or_is_no_cine_is_refused_before_pixels(
    header: dict[str, Any], reason: str, tmp_path: Path
) -> None:
    path = make_cine(tmp_path / "a.dcm", colours(), header=header)
    with pytest.raises(SourceRefused, match=rf"a.dcm: required .*{reason}"):
        open_source(str(path))


def test_coded_frame_larger_than_the_header_says_is_refused(tmp_path: Path) -> None:
    for syntax in (JPEGBaseline8Bit, JPEG2000Lossless, JPEGLSLossless):
        path = make_cine(tmp_path / "a.dcm", colours(), syntax=syntax, header={"Rows": 24, "Columns": 32})
        with pytest.raises(
            SourceRefused, match="required coded frames of 32x24 as the header says, found 64x48 in frame 0"
        ):
            open_source(str(path))


@pytest.mark.parametrize("syntax", [DeflatedExplicitVRLittleEndian, JPEGLosslessSV1])
def test_coding_that_is_not_read_is_named(syntax: UID, tmp_path: Path) -> None:
    path = make_cine(tmp_path / "a.dcm", colours())
    content = path.read_bytes()
    old, new = (uid.ljust(len(uid) + len(uid) % 2, "\0").encode() for uid in (str(ExplicitVRLittleEndian), str(syntax)))
    at = content.index(b"\x02\0\x10\0UI") + 6
    content = content[:at] + len(new).to_bytes(2, "little") + new + content[at + 2 + len(old) :]
    grown = int.from_bytes(content[140:144], "little") + len(new) - len(old)
    path.write_bytes(content[:140] + grown.to_bytes(4, "little") + content[144:])
    with pytest.raises(SourceRefused, match=rf"uncompressed, rle, jpeg, jpeg2000, jpeg-ls; found {syntax.name[:12]}"):
        open_source(str(path))


def test_file_named_as_dicom_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.dcm").write_bytes(b"hello")
    assert is_dicom(tmp_path / "a.dcm")
    with pytest.raises(SourceRefused, match=r"a.dcm: required a DICOM file"):
        open_source(str(tmp_path / "a.dcm"))


# Damage, memory and names


def test_broken_frame_is_counted_and_the_others_are_read(tmp_path: Path) -> None:
    path = make_cine(tmp_path / "a.dcm", colours(), syntax=JPEG2000Lossless)
    content = path.read_bytes()
    starts = [at for at in range(len(content)) if content.startswith(b"\xff\x4f\xff\x51", at)]
    broken = bytearray(content)
    broken[starts[2] + 40 : starts[2] + 90] = bytes(50)
    path.write_bytes(broken)
    with open_source(str(path)) as reader:
        frames = list(reader)
    assert reader.num_decoded == len(frames) == 4
    assert reader.num_damaged == 1
    assert [round(frame.pts_seconds, 2) for frame in frames] == [0.0, 0.04, 0.12, 0.16]


def test_cut_off_cine_gives_what_it_still_holds(tmp_path: Path) -> None:
    path = make_cine(tmp_path / "a.dcm", colours(), syntax=RLELossless)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) * 3 // 4])
    with open_source(str(path)) as reader:
        frames = list(reader)
    assert 0 < len(frames) < NUM_FRAMES
    assert len(frames) + reader.num_damaged == NUM_FRAMES


def test_long_cine_is_never_in_memory_at_once(tmp_path: Path) -> None:
    path = make_cine(tmp_path / "long.dcm", np.zeros((40, 120, 160, 3), np.uint8), syntax=RLELossless)
    tracemalloc.start()
    with open_source(str(path)) as reader:
        num_frames = sum(1 for _ in reader)
    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert num_frames == 40
    assert peak_bytes < 16 * 120 * 160 * 3


def test_name_of_the_patient_reaches_no_message(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = make_cine(tmp_path / "a.dcm", colours())
    content = path.read_bytes()
    said = []
    with warnings.catch_warnings(record=True) as warned, caplog.at_level(logging.DEBUG):
        warnings.simplefilter("always")
        for cut in range(132, len(content), len(content) // 60):
            path.write_bytes(content[:cut])
            try:
                frames_of(path)
            except SourceRefused as error:
                said.append(f"{error} {error.__context__!r}")
    said += [str(warning.message) for warning in warned] + [caplog.text]
    assert len(said) > 10
    assert not any(part in text for text in said for part in PATIENT.split("^"))
