"""What is really to be seen in a simulated echocardiogram, to the frame."""

from dataclasses import asdict, dataclass
from typing import Any

import cv2
import numpy as np

from models.simulation.echo.anatomy import View
from models.simulation.echo.heartbeat import Beat

_FINER = 4
"""A mask is filled in so many times finer, since OpenCV counts every pixel that a border touches."""
_SHIFT = 4


@dataclass(frozen=True, eq=False)
class EchoTruth:
    """The truth of one loop."""

    seed: int
    view: View
    rhythm: str
    duration_seconds: float
    frame_rate_hz: float
    width: int
    height: int
    pixels_per_cm: float
    fan_box: tuple[int, int, int, int]
    """Left, top, right and bottom of the fan, pixels, the last two exclusive."""
    beats: tuple[Beat, ...]
    """Those whose R wave and end of systole lie in the loop; none where there is no heart."""
    volumes_ml: np.ndarray
    """Volume of the left ventricle in every frame, (T,); empty in views that do not show its length."""
    contours: np.ndarray
    """Its inner border in every frame of an apical view, (T, 41, 2), pixels x and y, closed at the base; else empty."""

    @property
    def ef_percent(self) -> float | None:
        """Mean over the beats."""
        return float(np.mean([beat.ef_percent for beat in self.beats])) if self.beats else None

    def to_json(self) -> dict[str, Any]:
        """Return the truth as plain JSON values."""
        fields = {name: value for name, value in vars(self).items() if name not in ("beats", "volumes_ml", "contours")}
        return {
            "scene": "echo",
            **fields,
            "fan_box": list(self.fan_box),
            "ef_percent": None if self.ef_percent is None else round(self.ef_percent, 3),
            "beats": [{**asdict(beat), "ef_percent": round(beat.ef_percent, 3)} for beat in self.beats],
            "volumes_ml": np.round(self.volumes_ml, 3).tolist(),
            "contours": np.round(self.contours, 2).tolist(),
        }


def fill_contour(contour: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Return the pixels that lie for the most part inside a contour, bool (H, W).

    Args:
        contour: (N, 2), pixels x and y, pixel centres at whole numbers.
        shape: height and width of the mask.
    """
    fine = np.zeros((shape[0] * _FINER, shape[1] * _FINER), np.uint8)
    corners = np.round(((contour + 0.5) * _FINER - 0.5) * 2**_SHIFT).astype(np.int32)
    cv2.fillPoly(fine, [corners], 255, cv2.LINE_8, _SHIFT)
    return np.asarray(cv2.resize(fine, shape[::-1], interpolation=cv2.INTER_AREA) > 127)
