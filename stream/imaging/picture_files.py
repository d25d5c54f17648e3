"""Pictures in PNG and JPEG files."""

import warnings
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image as Pillow
from PIL import ImageOps, UnidentifiedImageError

from models.samples import Image
from stream.errors import SourceRefused
from stream.imaging.budget import Budget, refusing

_FORMATS = ("PNG", "JPEG")
_PNG_DEPTH, _PNG_COLOUR, _DEEP_COLOURS = 24, 25, (2, 6)


def read_picture(path: Path, budget: Budget) -> Image:
    """Read a PNG or JPEG, upright as a viewer shows it; transparency is left out, palettes become colours.

    Returns:
        uint8 or, for PNG of 16 bits, uint16; grey where the file is grey.

    Raises:
        SourceRefused: it is neither, is larger than allowed, or was cut off.
    """
    if is_deep_colour(path):
        return Image(_deep_colours(path, budget), str(path))
    with refusing(path, "a whole PNG or JPEG picture"), _opened(path, budget) as picture:
        upright = ImageOps.exif_transpose(picture)
        if upright.mode.startswith("I"):
            pixels = np.asarray(upright).astype(np.uint16)
        else:
            is_grey = upright.mode in ("L", "LA", "1")
            pixels = np.asarray(upright.convert("L" if is_grey else "RGB"))
    return Image(np.atleast_3d(pixels), str(path))


def read_indices(path: Path, budget: Budget) -> np.ndarray:
    """Read a PNG as numbers that stand for something, such as labels: of a palette the indices, not the colours.

    Returns:
        Shape (H, W), unsigned integers.

    Raises:
        SourceRefused: it is no PNG, has colours, is larger than allowed, or was cut off.
    """
    with refusing(path, "a whole PNG of labels"), _opened(path, budget) as picture:
        mode, numbers = picture.mode, np.asarray(picture)
    if numbers.ndim != 2 or is_deep_colour(path):
        raise SourceRefused(
            f"{path}: required labels as grey or palette, found colours ({mode}); write one number a pixel"
        )
    return numbers.astype(np.uint16 if mode.startswith("I") else np.uint8)


def is_deep_colour(path: Path) -> bool:
    """Whether the file is a colour PNG of 16 bits, of which Pillow would keep 8."""
    with path.open("rb") as file:
        start = file.read(_PNG_COLOUR + 1)
    return (
        start.startswith(b"\x89PNG")
        and len(start) > _PNG_COLOUR
        and (start[_PNG_DEPTH] == 16 and start[_PNG_COLOUR] in _DEEP_COLOURS)
    )


def _opened(path: Path, budget: Budget) -> Pillow.Image:
    """Return a picture of which only the header is read, once its size is known to be allowed."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Pillow.DecompressionBombWarning)
        try:
            picture = Pillow.open(path, formats=_FORMATS)
        except Pillow.DecompressionBombError:
            raise SourceRefused(
                f"{path}: required a picture of at most {budget.max_picture_pixels} pixels, found far more; "
                "cut or scale it down first"
            ) from None
        except UnidentifiedImageError:
            raise SourceRefused(f"{path}: required a PNG or JPEG picture, found something else") from None
    budget.require_picture(path, *picture.size)
    return picture


def _deep_colours(path: Path, budget: Budget) -> np.ndarray:
    with refusing(path, "a whole PNG picture"), _opened(path, budget) as picture:
        picture.load()  # Pillow, unlike OpenCV, says when a file was cut off
        decoded: Any = cv2.imdecode(np.frombuffer(path.read_bytes(), np.uint8), cv2.IMREAD_UNCHANGED)
    return np.ascontiguousarray(decoded[..., 2::-1])
