"""What the stored numbers of a DICOM frame measure: Hounsfield units, uptake, or nothing known."""

from dataclasses import dataclass

import numpy as np

from models.imaging.intensity_unit import IntensityUnit
from stream.imaging.dicom.frame_header import FrameHeader
from stream.imaging.dicom.uptake import Uptake, uptake_of
from stream.imaging.stored_file import finite_float32

_HOUNSFIELD = "HU"


@dataclass(frozen=True)
class Intensity:
    """A straight line from stored numbers to values."""

    slope: float = 1.0
    intercept: float = 0.0
    unit: IntensityUnit = "none"
    display_range: tuple[float, float] | None = None
    """Values to show as black and as white."""
    remark: str = ""
    """Why the values are not in the unit that one expects, or empty."""

    @property
    def is_whole(self) -> bool:
        """Whether whole numbers stay whole, and measure nothing."""
        return self.unit == "none" and abs(self.slope) == 1 and self.intercept.is_integer()

    def values(self, stored: np.ndarray) -> np.ndarray:
        """Return the values of stored numbers, float32."""
        return finite_float32(stored, (self.slope, self.intercept))


def intensity_of(header: FrameHeader, uptake: Uptake | None = None) -> Intensity:
    """Return what the numbers of a grey frame measure.

    Quantities keep their values; what only looks dark where it is high (MONOCHROME1) is turned round.

    Args:
        header: of the frame.
        uptake: of the series that a frame of PET belongs to; by default the frame's own.
    """
    slope = header.number("RescaleSlope") or 1.0
    intercept = header.number("RescaleIntercept") or 0.0
    unit, remark = _unit(header)
    if header.text("Modality") == "PT":
        uptake = uptake or uptake_of([header])
        slope, intercept = slope * uptake.factor, intercept * uptake.factor
        unit, remark = uptake.unit, uptake.remark
    window = _window(header) if unit != "SUV" else None  # a window speaks of what the header rescales to
    if unit == "none" and header.text("PhotometricInterpretation") == "MONOCHROME1":
        # Exchange the ends of what can be stored, so that high is bright.
        ends = sum(_ends(header)) * slope + 2 * intercept
        slope, intercept = -slope, ends - intercept
        window = None if window is None else (ends - window[1], ends - window[0])
    return Intensity(slope, intercept, unit, window, remark)


def _unit(header: FrameHeader) -> tuple[IntensityUnit, str]:
    modality, kind = header.text("Modality"), header.text("RescaleType")
    if modality != "CT":
        return "none", ""
    if kind in ("", _HOUNSFIELD) and header.number("RescaleSlope") is not None:
        return "HU", ""
    return "none", "the header does not rescale this CT to HU"


def _window(header: FrameHeader) -> tuple[float, float] | None:
    """Return the values at the ends of the first window.

    Source: DICOM PS3.3 C.11.2.1.2.1 (the function LINEAR).
    """
    centre, width = header.number("WindowCenter"), header.number("WindowWidth")
    if centre is None or width is None or width < 1:
        return None
    return centre - 0.5 - (width - 1) / 2, centre - 0.5 + (width - 1) / 2


def _ends(header: FrameHeader) -> tuple[int, int]:
    bits = int(header.dataset.get("BitsStored") or header.dataset.BitsAllocated)
    if header.dataset.get("PixelRepresentation"):
        return -(1 << (bits - 1)), (1 << (bits - 1)) - 1
    return 0, (1 << bits) - 1
