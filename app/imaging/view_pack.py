"""What the viewer of the dashboard shows of a picture or volume: its values and labels, as plain numbers on disk.

`<stem>_view.raw` holds the values, int16 (of pictures uint8 RGB), then the labels, uint16; slices from the feet to the
head, rows from the front to the back, columns from the patient's right to the left. `<stem>_view.json` says the rest.
Slices in any of the three planes can be read from it without reading the whole.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from stream.errors import StreamError

Plane = Literal["axial", "coronal", "sagittal"]
PLANES: tuple[Plane, ...] = ("axial", "coronal", "sagittal")
VIEW_SUFFIX, RAW_SUFFIX = "_view.json", "_view.raw"
LABEL_TYPE = np.dtype("<u2")


@dataclass(frozen=True, eq=False)
class ViewPack:
    """A pack on disk."""

    told: dict[str, Any]
    """All but the numbers themselves, as the viewer reads it."""
    raw: Path

    @classmethod
    def load(cls, folder: Path, stem: str) -> "ViewPack":
        """Open a pack.

        Raises:
            StreamError: there is none, or it is damaged.
        """
        try:
            told = json.loads((folder / f"{stem}{VIEW_SUFFIX}").read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise StreamError(f"the reading {stem} cannot be shown: {error}") from error
        return cls(told, folder / f"{stem}{RAW_SUFFIX}")

    def slice_bytes(self, plane: Plane, index: int) -> bytes:
        """Return the values of a slice, then its labels, row by row.

        Raises:
            ValueError: there is no such slice.
            OSError: the numbers are gone.
        """
        shape, channels, axis = tuple(self.told["shape"]), int(self.told["channels"]), PLANES.index(plane)
        if not 0 <= index < shape[axis]:
            raise ValueError(f"index must be 0 to {shape[axis] - 1} along {plane}, got {index}")
        values = np.memmap(self.raw, self.told["dtype"], "r", shape=(*shape, channels))
        labels = np.memmap(self.raw, LABEL_TYPE, "r", offset=values.nbytes, shape=shape)
        shown: bytes = np.take(values, index, axis).tobytes() + np.take(labels, index, axis).tobytes()
        return shown
