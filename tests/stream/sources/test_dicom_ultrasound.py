"""Ultrasound regions of a DICOM header, and the cines that the simulator writes."""

from pathlib import Path

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.data import get_testdata_file

from stream.dicom_writer import DicomCineWriter, UltrasoundRegion
from stream.echo_recording import NoUltrasound, read_recording
from stream.errors import SourceRefused
from stream.sources.dicom_cine import example_echocardiogram
from stream.sources.dicom_ultrasound import read_ultrasound_tags
from stream.sources.opening import open_source

BOX = (20, 10, 140, 110)


def write_cine(path: Path, num_frames: int = 6) -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    frames = [np.repeat(rng.integers(0, 200, (15, 20, 1)), 3, 2).astype(np.uint8) for _ in range(num_frames)]
    frames = [np.kron(frame, np.ones((8, 8, 1), np.uint8)) for frame in frames]
    with DicomCineWriter(path, frame_rate_hz=40, region=UltrasoundRegion(BOX, 0.05)) as writer:
        for frame in frames:
            writer.write(frame)
    return frames


def test_a_written_cine_is_read_back(tmp_path: Path) -> None:
    frames = write_cine(tmp_path / "loop.dcm")
    with open_source(str(tmp_path / "loop.dcm")) as reader:
        read = [(frame.pts_seconds, frame.to_rgb(120, 160)) for frame in reader]
    assert [seconds for seconds, _ in read] == pytest.approx(np.arange(6) / 40)
    assert all(np.abs(a.astype(int) - b).mean() < 3 for a, (_, b) in zip(frames, read, strict=True))
    tags = read_ultrasound_tags(tmp_path / "loop.dcm")
    assert (tags.modality, tags.box, tags.cm_a_pixel) == ("US", BOX, 0.05)
    assert [path.name for path in tmp_path.iterdir()] == ["loop.dcm"]


def test_regions_of_a_picture_twice_as_large_are_scaled_down() -> None:
    tags = read_ultrasound_tags(example_echocardiogram())
    assert tags.box == (42.0, 15.5, 298.0, 207.5)
    assert tags.cm_a_pixel == pytest.approx(2 * 0.05105, rel=1e-3)


def test_regions_that_fit_no_picture_are_not_believed(tmp_path: Path) -> None:
    write_cine(tmp_path / "loop.dcm")
    dataset = dcmread(tmp_path / "loop.dcm")
    dataset.SequenceOfUltrasoundRegions[0].RegionLocationMaxX1 = 9000
    dataset.save_as(tmp_path / "odd.dcm")
    assert read_ultrasound_tags(tmp_path / "odd.dcm").box is None


def test_real_recording_is_cropped_by_its_tags() -> None:
    recording = read_recording(str(example_echocardiogram()))
    assert (recording.width, recording.height) == (320, 240)
    assert recording.cine.frames.shape == (30, 112, 112)
    assert recording.cine.crop.side == 192.0
    assert recording.cine.frame_rate_hz == pytest.approx(30, abs=0.01)
    assert recording.cine.cm_a_pixel == pytest.approx(0.1021, abs=1e-4)


def test_other_images_and_cameras_are_refused(tmp_path: Path) -> None:
    write_cine(tmp_path / "loop.dcm")
    dataset = dcmread(tmp_path / "loop.dcm")
    dataset.Modality = "XA"
    dataset.save_as(tmp_path / "angiography.dcm")
    with pytest.raises(NoUltrasound, match=r"angiography.dcm: required an ultrasound recording, .* says 'XA'"):
        read_recording(str(tmp_path / "angiography.dcm"))
    with pytest.raises(
        NoUltrasound, match=r"CT_small.dcm: required an ultrasound recording, the DICOM header says .CT."
    ):
        read_recording(str(Path(get_testdata_file("CT_small.dcm", download=False) or "")))
    with pytest.raises(SourceRefused, match="required a recording, found a camera"):
        read_recording("rtsp://127.0.0.1/echo")


def test_a_cine_without_frames_is_not_written(tmp_path: Path) -> None:
    writer = DicomCineWriter(tmp_path / "none.dcm", frame_rate_hz=30, region=UltrasoundRegion(BOX, 0.05))
    with pytest.raises(ValueError, match="needs at least one frame, got none"):
        writer.close()
    assert not list(tmp_path.iterdir())
