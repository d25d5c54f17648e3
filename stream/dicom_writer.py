"""Writes frames to a DICOM cine of ultrasound, as an echocardiograph would export it."""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.sequence import Sequence
from pydicom.tag import Tag
from pydicom.uid import JPEGBaseline8Bit, UltrasoundMultiFrameImageStorage, generate_uid

from models.whole_file import whole_file
from stream.closing import ClosingWriter
from stream.errors import StreamError

JPEG_QUALITY = 92
_TISSUE, _FAN, _CENTIMETRES = 1, 2, 3


@dataclass(frozen=True)
class UltrasoundRegion:
    """Where the fan lies in every frame, and how large a pixel is."""

    box: tuple[int, int, int, int]
    """Left, top, right and bottom, pixels, the last two exclusive."""
    cm_a_pixel: float


class DicomCineWriter(ClosingWriter):
    """One multi-frame ultrasound object with JPEG frames; it appears under its name only when it is whole."""

    def __init__(self, path: Path, *, frame_rate_hz: float, region: UltrasoundRegion) -> None:
        """Nothing is written before `close`.

        Raises:
            ValueError: the frame rate is not positive.
        """
        if not frame_rate_hz > 0:
            raise ValueError(f"frame_rate_hz must be positive, got {frame_rate_hz}")
        self._path, self._frame_rate_hz, self._region = path, frame_rate_hz, region
        self._frames: list[bytes] = []
        self._shape: tuple[int, ...] = ()

    def write(self, frame: np.ndarray) -> None:
        """Append a frame, uint8 RGB (H, W, 3).

        Raises:
            ValueError: the frame has another size or type than the first.
        """
        if frame.dtype != np.uint8 or frame.ndim != 3 or (self._shape and frame.shape != self._shape):
            raise ValueError(f"a frame must be uint8 of shape {self._shape}, got {frame.dtype} of {frame.shape}")
        self._shape = frame.shape
        options = [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, 0x211111]
        coded = cv2.imencode(".jpg", cv2.cvtColor(frame, cv2.COLOR_RGB2BGR), options)[1]
        self._frames.append(coded.tobytes())

    def close(self) -> None:
        """Write the file.

        Raises:
            ValueError: no frame was written.
            StreamError: the file cannot be written.
        """
        if not self._frames:
            raise ValueError(f"the cine {self._path} needs at least one frame, got none")
        try:
            with whole_file(self._path) as draft:
                self._dataset().save_as(draft, enforce_file_format=True)
        except OSError as error:
            raise StreamError(f"the cine {self._path} cannot be written: {error}") from error

    def _dataset(self) -> Dataset:
        dataset = Dataset()
        dataset.file_meta = FileMetaDataset()
        dataset.file_meta.TransferSyntaxUID = JPEGBaseline8Bit
        dataset.SOPClassUID, dataset.SOPInstanceUID = UltrasoundMultiFrameImageStorage, generate_uid()
        dataset.StudyInstanceUID, dataset.SeriesInstanceUID = generate_uid(), generate_uid()
        dataset.Modality, dataset.Manufacturer = "US", "Vigil simulator"
        dataset.PatientName, dataset.PatientID = "Simulated^Heart", "SIMULATED"
        dataset.StudyDate = dataset.StudyTime = dataset.PatientBirthDate = dataset.PatientSex = ""
        dataset.StudyID, dataset.AccessionNumber, dataset.ReferringPhysicianName = "", "", ""
        dataset.SeriesNumber, dataset.InstanceNumber = 1, 1
        dataset.ImageType = ["ORIGINAL", "PRIMARY"]
        dataset.Rows, dataset.Columns = self._shape[:2]
        dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 3, "YBR_FULL_422"
        dataset.PlanarConfiguration, dataset.PixelRepresentation = 0, 0
        dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit = 8, 8, 7
        dataset.LossyImageCompression = "01"
        dataset.NumberOfFrames = len(self._frames)
        dataset.FrameTime = f"{1000 / self._frame_rate_hz:.6f}"
        dataset.FrameIncrementPointer = Tag("FrameTime")
        dataset.SequenceOfUltrasoundRegions = Sequence([self._region_item()])
        dataset.PixelData = encapsulate(self._frames)
        return dataset

    def _region_item(self) -> Dataset:
        left, top, right, bottom = self._region.box
        item = Dataset()
        item.RegionSpatialFormat, item.RegionDataType, item.RegionFlags = 1, _TISSUE, _FAN
        item.RegionLocationMinX0, item.RegionLocationMinY0 = left, top
        item.RegionLocationMaxX1, item.RegionLocationMaxY1 = right - 1, bottom - 1
        item.PhysicalUnitsXDirection = item.PhysicalUnitsYDirection = _CENTIMETRES
        item.PhysicalDeltaX = item.PhysicalDeltaY = self._region.cm_a_pixel
        return item
