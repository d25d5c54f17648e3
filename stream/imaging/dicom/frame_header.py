"""What each frame of a DICOM object says of itself, of single frames and of enhanced multi-frame objects alike."""

from dataclasses import dataclass, field
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.filereader import read_file_meta_info
from pydicom.pixels.decoders.base import get_decoder
from pydicom.uid import UID, JPEGLossless, JPEGLosslessSV1

from stream.errors import SourceRefused
from stream.imaging.budget import Budget, refusing, require_bytes
from stream.sources.dicom_header import CODECS, PHOTOMETRIC, quiet_pydicom

_SERIES_TAGS = (
    "SOPClassUID",
    "SOPInstanceUID",
    "StudyInstanceUID",
    "SeriesInstanceUID",
    "SeriesNumber",
    "FrameOfReferenceUID",
    "Modality",
    "ImageType",
)
_PLACE_TAGS = ("ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "ImagerPixelSpacing")
_TIME_TAGS = (
    "InstanceNumber",
    "AcquisitionNumber",
    "TemporalPositionIdentifier",
    "TriggerTime",
    "EchoTime",
    "SeriesDate",
    "SeriesTime",
    "AcquisitionDate",
    "AcquisitionTime",
)
_PIXEL_TAGS = (
    "Rows",
    "Columns",
    "NumberOfFrames",
    "SamplesPerPixel",
    "PhotometricInterpretation",
    "PlanarConfiguration",
    "BitsAllocated",
    "BitsStored",
    "HighBit",
    "PixelRepresentation",
)
_VALUE_TAGS = (
    "RescaleSlope",
    "RescaleIntercept",
    "RescaleType",
    "ModalityLUTSequence",
    "WindowCenter",
    "WindowWidth",
    *(
        f"{colour}PaletteColorLookupTable{part}"
        for colour in ("Red", "Green", "Blue")
        for part in ("Descriptor", "Data")
    ),
)
_UPTAKE_TAGS = (
    "Units",
    "DecayCorrection",
    "CorrectedImage",
    "PatientWeight",
    "RadiopharmaceuticalInformationSequence",
)
_GROUP_TAGS = ("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence")
_WANTED_TAGS: list[Any] = [
    *_SERIES_TAGS,
    *_PLACE_TAGS,
    *_TIME_TAGS,
    *_PIXEL_TAGS,
    *_VALUE_TAGS,
    *_UPTAKE_TAGS,
    *_GROUP_TAGS,
    0x70531000,  # Philips: factor to SUV
    0x70531009,  # Philips: factor to Bq/ml
    0x70530010,
]
_GROUPS = (
    "PlanePositionSequence",
    "PlaneOrientationSequence",
    "PixelMeasuresSequence",
    "PixelValueTransformationSequence",
    "FrameVOILUTSequence",
    "FrameContentSequence",
    "SegmentIdentificationSequence",
)
_BY_GDCM = {JPEGLossless: "jpeg lossless", JPEGLosslessSV1: "jpeg lossless"}
"""Many archives code CT so; read where the extra dicom-in is installed."""
_END_OF_FRAMES, _MOST_BYTES_BEHIND = b"\xfe\xff\xdd\xe0", 1 << 16
_MAX_FRAMES = 1 << 16


class NotAnImage(SourceRefused):
    """A DICOM object without pixels, such as a report or a plan."""


@dataclass(frozen=True, eq=False)
class FrameHeader:
    """The checked header of one frame."""

    path: Path
    index: int
    """Of the frame within its object."""
    num_frames: int
    """Of its object."""
    codec: str
    """Of the pixels, such as "uncompressed" or "jpeg2000"."""
    dataset: Dataset = field(repr=False)
    """Only what reading needs, those of its functional groups included: nothing of it names a person."""

    @property
    def source(self) -> str:
        return f"{self.path}[{self.index}]" if self.num_frames > 1 else str(self.path)

    @property
    def size(self) -> tuple[int, int]:
        """Rows and columns."""
        return int(self.dataset.Rows), int(self.dataset.Columns)

    @property
    def is_grey(self) -> bool:
        return str(self.dataset.PhotometricInterpretation).startswith("MONOCHROME")

    def text(self, keyword: str) -> str:
        """Return the value of an element as text; empty when there is none."""
        value = self.dataset.get(keyword)
        return "" if value is None else str(value)

    def numbers(self, keyword: str, count: int) -> np.ndarray | None:
        """Return the values of an element, or None when it does not have so many finite ones."""
        value = self.dataset.get(keyword)
        if value is None or value == "":
            return None
        try:
            numbers = np.atleast_1d(np.array(value, np.float64))[:count]
        except (TypeError, ValueError):
            return None
        return numbers if len(numbers) == count and np.isfinite(numbers).all() else None

    def number(self, keyword: str) -> float | None:
        """Return the first value of an element, or None when it has no finite one."""
        found = self.numbers(keyword, 1)
        return None if found is None else float(found[0])


def read_frame_headers(path: Path, budget: Budget) -> list[FrameHeader]:
    """Read and check the header of a DICOM object; no pixel is read.

    Raises:
        NotAnImage: it is DICOM without pixels.
        SourceRefused: it is no DICOM, a frame is larger than allowed, its coding is not read, or it was cut off.
    """
    with quiet_pydicom(), refusing(path, "a readable DICOM header"):
        syntax = _transfer_syntax(path)
        _require_known_coding(path, syntax)  # first: reading a deflated header would unpack the pixels too
        dataset, pixels_at = _read_wanted_tags(path)
        num_frames = _num_frames(path, dataset)
        budget.require_picture(path, int(dataset.Columns), int(dataset.Rows))
        _require_known_pixels(path, dataset)
        if syntax.is_compressed:
            _require_end(path)
        else:
            require_bytes(path, _plain_bytes(dataset) * num_frames, path.stat().st_size - pixels_at)
        return [
            FrameHeader(path, index, num_frames, _codec(syntax), _of_frame(dataset, index, num_frames))
            for index in range(num_frames)
        ]


def _transfer_syntax(path: Path) -> UID:
    with refusing(path, "a DICOM file"):
        return UID(read_file_meta_info(path).TransferSyntaxUID)


def _read_wanted_tags(path: Path) -> tuple[Dataset, int]:
    """Return the wanted elements, and where in the file the pixels begin."""
    with path.open("rb") as file:
        dataset = dcmread(file, stop_before_pixels=True, specific_tags=_WANTED_TAGS)
        pixels_at = file.tell()
        for _ in dataset:  # each element is parsed when it is first touched: let all that may fail do so here
            pass
        is_image = all(int(dataset.get(keyword) or 0) > 0 for keyword in ("Rows", "Columns", "BitsAllocated"))
    if not is_image:
        raise NotAnImage(f"{path}: required a DICOM image, found an object without pixels; leave it out")
    return dataset, pixels_at


def _num_frames(path: Path, dataset: Dataset) -> int:
    num_frames = int(dataset.get("NumberOfFrames") or 1)
    if not 1 <= num_frames <= _MAX_FRAMES:
        raise SourceRefused(f"{path}: required 1 to {_MAX_FRAMES} frames, found {num_frames} declared; split it")
    return num_frames


def _require_known_coding(path: Path, syntax: UID) -> None:
    if not _codec(syntax):
        known = ", ".join(dict.fromkeys(CODECS.values()))
        way = "install the extra dicom-in, or " if syntax in _BY_GDCM else ""
        raise SourceRefused(
            f"{path}: required DICOM coded as one of {known}; found {syntax.name}; "
            f"{way}convert it, as with dcmdjpeg or gdcmconv"
        )


def _require_known_pixels(path: Path, dataset: Dataset) -> None:
    photometric = str(dataset.get("PhotometricInterpretation", "none"))
    samples, bits = int(dataset.get("SamplesPerPixel") or 1), int(dataset.BitsAllocated)
    expected = 1 if photometric.startswith(("MONO", "PALETTE")) else 3
    allowed = (1, 8, 16, 32) if samples == 1 else (8,)
    if photometric not in PHOTOMETRIC or samples != expected or bits not in allowed:
        raise SourceRefused(
            f"{path}: required grey of 1, 8, 16 or 32 bits or 8 bits a colour, found {samples} sample(s) of {bits} "
            f"bits as {photometric}; export it as grey or RGB"
        )


def _require_end(path: Path) -> None:
    """Look for the mark behind the last compressed frame."""
    with path.open("rb") as file:
        file.seek(max(path.stat().st_size - _MOST_BYTES_BEHIND, 0))
        is_whole = _END_OF_FRAMES in file.read()
    if not is_whole:
        raise SourceRefused(
            f"{path}: required the mark that ends the compressed frames, found none; it was cut off, send it again"
        )


def _plain_bytes(dataset: Dataset) -> int:
    """Return how many bytes a frame takes that is not compressed."""
    num_samples = prod((int(dataset.Rows), int(dataset.Columns), int(dataset.SamplesPerPixel)))
    num_bytes = num_samples * int(dataset.BitsAllocated) // 8
    return num_bytes * 2 // 3 if dataset.PhotometricInterpretation == "YBR_FULL_422" else num_bytes


def _codec(syntax: UID) -> str:
    """Return the name of a coding that can be read here; empty when it cannot."""
    if syntax in _BY_GDCM and get_decoder(syntax).is_available:
        return _BY_GDCM[syntax]
    return CODECS.get(syntax, "")


def _of_frame(dataset: Dataset, index: int, num_frames: int) -> Dataset:
    """Return the dataset with the elements of a frame's functional groups in it, its own before the shared ones."""
    shared, per_frame = (dataset.get(keyword) for keyword in _GROUP_TAGS)
    if not shared and not (per_frame and len(per_frame) == num_frames):
        return dataset
    merged = Dataset()
    merged.update({element.tag: element for element in dataset if element.keyword not in _GROUP_TAGS})
    for groups in [*(shared[:1] if shared else ()), *(per_frame[index : index + 1] if per_frame else ())]:
        for name in _GROUPS:
            for item in groups.get(name) or ():
                merged.update({element.tag: element for element in item})
    return merged
