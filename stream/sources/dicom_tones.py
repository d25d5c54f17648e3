"""From stored samples to what a person would see: rescaling, windowing, inversion, palettes."""

from dataclasses import dataclass, field

import cv2
import numpy as np
from pydicom.dataset import Dataset
from pydicom.pixels.processing import apply_color_lut


@dataclass(frozen=True, eq=False)
class ToneMap:
    """Makes a decoded frame RGB; made once from the header, so that no frame is windowed unlike its neighbours."""

    table: np.ndarray | None
    """For grey: the shade 0..255 of each stored value, uint8, shape (2 ** BitsStored,). None for colour."""
    palette: Dataset | None = field(default=None, repr=False)

    @classmethod
    def of(cls, dataset: Dataset) -> "ToneMap":
        """Make the map that a header asks for."""
        photometric = str(dataset.PhotometricInterpretation)
        if photometric == "PALETTE COLOR":
            return cls(None, palette=dataset)
        return cls(_grey_table(dataset) if photometric.startswith("MONOCHROME") else None)

    def to_rgb(self, pixels: np.ndarray) -> np.ndarray:
        """Return the frame as uint8 RGB, shape (H, W, 3).

        Args:
            pixels: as decoded: RGB of shape (H, W, 3), or stored values of shape (H, W).
        """
        if self.palette is not None:
            colours = apply_color_lut(pixels, self.palette)
            return np.asarray(colours if colours.dtype == np.uint8 else (colours >> 8).astype(np.uint8))
        if self.table is None:
            return pixels
        # Negative stored values wrap to the table's upper half, where `_grey_table` put them.
        shades = self.table[pixels.astype(np.int64) & (len(self.table) - 1)]
        return np.asarray(cv2.cvtColor(shades, cv2.COLOR_GRAY2RGB))


def _grey_table(dataset: Dataset) -> np.ndarray:
    num_values = 1 << int(dataset.get("BitsStored") or dataset.BitsAllocated)
    stored = np.arange(num_values, dtype=np.float64)
    if dataset.get("PixelRepresentation"):
        stored[num_values // 2 :] -= num_values
    values = stored * (_first(dataset, "RescaleSlope") or 1) + (_first(dataset, "RescaleIntercept") or 0)
    shades = _windowed(values, dataset)
    if dataset.PhotometricInterpretation == "MONOCHROME1":
        shades = 1 - shades
    table: np.ndarray = np.rint(shades * 255).astype(np.uint8)
    return table


def _windowed(values: np.ndarray, dataset: Dataset) -> np.ndarray:
    """Return shades of 0..1; without a window, the whole range that can be stored.

    Source: DICOM PS3.3, C.11.2.1.2 and C.11.2.1.3 (window centre, width and VOI LUT function).
    """
    centre, width = _first(dataset, "WindowCenter"), _first(dataset, "WindowWidth")
    function = str(dataset.get("VOILUTFunction") or "LINEAR")
    if centre is None or width is None or width <= (1 if function == "LINEAR" else 0):
        return np.asarray((values - values.min()) / max(values.max() - values.min(), 1e-12))
    if function == "SIGMOID":
        return np.asarray(1 / (1 + np.exp(np.clip(-4 * (values - centre) / width, -700, 700))))
    if function == "LINEAR":
        centre, width = centre - 0.5, width - 1
    return np.clip((values - centre) / width + 0.5, 0.0, 1.0)


def _first(dataset: Dataset, keyword: str) -> float | None:
    """Return the first of an element's values: cameras may offer several windows."""
    value = dataset.get(keyword)
    if value is None or value == "":
        return None
    try:
        number = float(value[0] if hasattr(value, "__getitem__") and not isinstance(value, str) else value)
    except (TypeError, ValueError, IndexError):
        return None
    return number if np.isfinite(number) else None
