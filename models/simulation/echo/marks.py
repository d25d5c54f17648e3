"""What an ultrasound machine writes into its picture beside the fan."""

import cv2
import numpy as np

from models.simulation.echo.probe import Fan


class Marks:
    """Text, ticks and the ECG that a machine writes beside the fan."""

    def __init__(self, rng: np.random.Generator, fan: Fan) -> None:
        self._fan = fan
        self._has_text, self._has_ticks = bool(rng.random() < 0.7), bool(rng.random() < 0.7)
        self._has_ecg, self._has_dot = bool(rng.random() < 0.5), bool(rng.random() < 0.6)
        self._colour = tuple(int(value) for value in rng.integers(90, 230, 3))
        self._words = [str(rng.choice(("Adult Echo", "S5-1", "FR 47Hz", "2D", "HGen", "Gn 52", "C 50"))) for _ in "123"]
        self._scale = fan.height / 640

    def draw(self, rgb: np.ndarray, ecg: np.ndarray) -> None:
        """Write the marks; `ecg` is the trace up to now, newest last, -1..1."""
        fan, grey = self._fan, (150, 150, 150)
        if self._has_text:
            for row, word in enumerate(self._words):
                place = round(fan.width * 0.01), round(fan.height * (0.05 + 0.05 * row))
                cv2.putText(rgb, word, place, cv2.FONT_HERSHEY_SIMPLEX, max(self._scale, 0.3), grey, 1, cv2.LINE_AA)
        if self._has_dot:
            right = round(min(fan.tip_x + fan.height * 0.1, fan.width - 4))
            cv2.circle(rgb, (right, round(fan.height * 0.06)), max(2, fan.height // 80), self._colour, -1, cv2.LINE_AA)
        if self._has_ticks:
            for depth in range(0, int(fan.depth_cm) + 1):
                row = round(fan.tip_y + depth * fan.pixels_per_cm)
                cv2.line(rgb, (fan.width - 6, row), (fan.width - (2 if depth % 5 else 0), row), grey, 1)
        if self._has_ecg:
            x = np.linspace(fan.width * 0.02, fan.width * 0.98, len(ecg))
            y = fan.height * (0.955 - 0.035 * ecg)
            cv2.polylines(rgb, [np.stack((x, y), 1).astype(np.int32)], False, self._colour, 1, cv2.LINE_AA)
