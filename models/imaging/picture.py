"""One picture, as models and screens read it."""

from dataclasses import dataclass

import numpy as np

from models.imaging.intensity_unit import IntensityUnit


@dataclass(frozen=True, eq=False)
class Image:
    """One picture."""

    pixels: np.ndarray
    """uint8, uint16, or float32 for quantities; shape (H, W, C) with C = 1 (grey) or 3 (red, green, blue)."""
    source_id: str
    spacing_mm: tuple[float, float] | None = None
    """Distance between the centres of rows and of columns, when the file tells it."""
    modality: str = ""
    """As DICOM names it, such as CT or DX; empty when unknown."""
    intensity_unit: IntensityUnit = "none"
    display_range: tuple[float, float] | None = None
    """Values to show as black and as white, when the file tells them."""

    def __post_init__(self) -> None:
        if self.pixels.ndim != 3 or self.pixels.shape[2] not in (1, 3) or self.pixels.dtype not in _PIXEL_TYPES:
            raise ValueError(
                f"pixels of image {self.source_id!r} must be uint8, uint16 or float32 of shape (H, W, 1) or (H, W, 3); "
                f"got {self.pixels.dtype} of shape {self.pixels.shape}"
            )

    @property
    def is_grey(self) -> bool:
        """Whether there is one shade a pixel, or three that are everywhere the same."""
        red, *others = (self.pixels[..., channel] for channel in range(self.pixels.shape[2]))
        return all(np.array_equal(red, other) for other in others)

    def grey(self) -> np.ndarray:
        """Return the one shade of each pixel, shape (H, W), in the type of `pixels`.

        Raises:
            ValueError: the picture has colours.
        """
        if not self.is_grey:
            raise ValueError(f"required a grey picture, found colours in {self.source_id!r}; choose one channel of it")
        return np.asarray(self.pixels[..., 0])

    def rgb8(self) -> np.ndarray:
        """Return the picture as a screen shows it, uint8 RGB, shape (H, W, 3).

        Eight bits stay as they are. What has more is mapped from `display_range`, or else from the range that holds all
        but the lowest and highest thousandth of the values.
        """
        pixels = self.pixels
        if pixels.dtype != np.uint8:
            low, high = self.display_range or (float(value) for value in np.quantile(pixels, (0.001, 0.999)))
            shades = (pixels.astype(np.float32) - low) / max(high - low, 1e-12)
            pixels = np.rint(np.clip(shades, 0, 1) * 255).astype(np.uint8)
        return np.ascontiguousarray(np.broadcast_to(pixels, (*pixels.shape[:2], 3)))


_PIXEL_TYPES = (np.uint8, np.uint16, np.float32)
