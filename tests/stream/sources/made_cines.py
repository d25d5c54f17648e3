"""DICOM cines for the tests, made from pixels in every coding that is read."""

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import UID, ExplicitVRLittleEndian, JPEGBaseline8Bit, UltrasoundMultiFrameImageStorage

PATIENT = "Geheim^Gertrud"


def make_cine(
    path: Path,
    frames: np.ndarray,
    *,
    syntax: UID = ExplicitVRLittleEndian,
    photometric: str | None = None,
    header: dict[str, Any] | None = None,
) -> Path:
    """Write stored values as a cine and return its path.

    Args:
        path: where to.
        frames: (T, H, W, 3) or (T, H, W), uint8, uint16 or int16: the values as stored, in `photometric`.
        syntax: coding; JPEG baseline takes RGB and stores YBR_FULL_422.
        photometric: RGB or MONOCHROME2 when not given.
        header: elements to set, or with None to delete, after all others.
    """
    dataset = _dataset(frames, photometric or ("RGB" if frames.ndim == 4 else "MONOCHROME2"))
    if syntax == JPEGBaseline8Bit:
        _put_jpegs(dataset, frames)
    elif photometric == "YBR_FULL_422":
        dataset.PixelData = _as_422(frames)
    else:
        dataset.PixelData = frames.tobytes()
        if syntax.is_compressed:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                dataset.compress(syntax, generate_instance_uid=False)
    for keyword, value in (header or {}).items():
        if value is None:
            delattr(dataset, keyword)
        else:
            setattr(dataset, keyword, value)
    dataset.save_as(path, enforce_file_format=True)
    return path


def _dataset(frames: np.ndarray, photometric: str) -> Dataset:
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.SOPClassUID = UltrasoundMultiFrameImageStorage
    dataset.SOPInstanceUID = "1.2.3.4"
    dataset.PatientName = PATIENT
    dataset.NumberOfFrames, dataset.Rows, dataset.Columns = frames.shape[:3]
    dataset.SamplesPerPixel = 3 if frames.ndim == 4 else 1
    if frames.ndim == 4:
        dataset.PlanarConfiguration = 0
    dataset.PhotometricInterpretation = photometric
    dataset.BitsAllocated = dataset.BitsStored = frames.dtype.itemsize * 8
    dataset.HighBit = dataset.BitsStored - 1
    dataset.PixelRepresentation = int(np.issubdtype(frames.dtype, np.signedinteger))
    dataset.FrameTime = "40"
    dataset.FrameIncrementPointer = 0x00181063
    return dataset


def _put_jpegs(dataset: Dataset, frames: np.ndarray) -> None:
    coded: Sequence[bytes] = [
        cv2.imencode(".jpg", frame[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 98])[1].tobytes() for frame in frames
    ]
    dataset.PixelData = encapsulate(list(coded))
    dataset["PixelData"].VR = "OB"
    dataset["PixelData"].is_undefined_length = True
    dataset.PhotometricInterpretation = "YBR_FULL_422"
    dataset.file_meta.TransferSyntaxUID = JPEGBaseline8Bit


def _as_422(frames: np.ndarray) -> bytes:
    """Store YBR as Y1 Y2 Cb Cr for every two pixels."""
    pairs = frames.reshape(*frames.shape[:2], -1, 2, 3)
    stored = np.stack([pairs[..., 0, 0], pairs[..., 1, 0], pairs[..., 0, 1], pairs[..., 0, 2]], axis=-1)
    return stored.tobytes()
