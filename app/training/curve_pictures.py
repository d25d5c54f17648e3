"""The curves of a training run as pictures: `<curve>.png` beside each pair of CSV files."""

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from app.pictures.canvas import FAINT_INK, GRID, INK, Canvas, Colour
from models.training.curves import read_curves

WIDTH, HEIGHT = 1200, 420
_LEFT, _RIGHT, _TOP, _BOTTOM = 90, 30, 60, 60
_TRAIN: Colour = (120, 170, 220)
_SMOOTHED: Colour = (31, 99, 170)
_VALIDATION: Colour = (200, 80, 40)
_NUM_GRID_LINES = 5
_SMOOTHING = 0.9
_HIDDEN = frozenset({"step"})


def draw_curves(folder: Path) -> list[Path]:
    """Draw every `<name>.csv` that has a `<name>_validation.csv` beside it; returns the pictures.

    One panel a column, training and validation in the same panel.

    Raises:
        OSError: a picture cannot be written.
    """
    pictures = []
    for validation in sorted(folder.glob("*_validation.csv")):
        name = validation.stem.removesuffix("_validation")
        steps, validations = read_curves(folder / f"{name}.csv"), read_curves(validation)
        if steps:
            pictures.append(folder / f"{name}.png")
            _draw(steps, validations).save(pictures[-1])
    return pictures


def _draw(steps: Sequence[dict[str, float]], validations: Sequence[dict[str, float]]) -> Canvas:
    columns = [column for column in steps[0] if column not in _HIDDEN]
    canvas = Canvas(WIDTH, HEIGHT * len(columns))
    last_step = max(row["step"] for row in (*steps, *validations))
    for index, column in enumerate(columns):
        _Panel(canvas, index * HEIGHT, column.replace("_", " "), last_step=last_step).draw(
            _points(steps, column), _points(validations, column)
        )
    return canvas


def _points(rows: Sequence[dict[str, float]], column: str) -> np.ndarray:
    """Return steps and finite values, (N, 2)."""
    found = [(row["step"], row[column]) for row in rows if column in row and math.isfinite(row[column])]
    return np.array(found, float).reshape(-1, 2)


class _Panel:
    """One curve of training, faint and smoothed, and one of validation."""

    def __init__(self, canvas: Canvas, top: float, title: str, *, last_step: float) -> None:
        self._canvas, self._title, self._last_step = canvas, title, max(last_step, 1.0)
        self._top, self._bottom = top + _TOP, top + HEIGHT - _BOTTOM

    def draw(self, train: np.ndarray, validation: np.ndarray) -> None:
        everything = np.concatenate([train, validation])
        if not len(everything):
            return
        self._low, self._high = float(everything[:, 1].min()), float(everything[:, 1].max())
        if self._low == self._high:
            self._high += 1.0
        self._draw_grid()
        self._line(train, _TRAIN, 1)
        self._line(_smoothed(train) if len(validation) else train, _SMOOTHED, 2)
        self._line(validation, _VALIDATION, 3)
        self._draw_legend(has_validation=len(validation) > 0)

    def _draw_grid(self) -> None:
        canvas = self._canvas
        for share in np.linspace(0, 1, _NUM_GRID_LINES):
            y = self._bottom - share * (self._bottom - self._top)
            canvas.line(np.array([(_LEFT, y), (WIDTH - _RIGHT, y)]), GRID)
            value = self._low + share * (self._high - self._low)
            canvas.text(_LEFT - 10, y + 6, f"{value:.3g}", colour=FAINT_INK, size=15, align="right")
            x = _LEFT + share * (WIDTH - _LEFT - _RIGHT)
            canvas.text(
                x, self._bottom + 26, f"{share * self._last_step:.0f}", colour=FAINT_INK, size=15, align="centre"
            )
        canvas.text((_LEFT + WIDTH - _RIGHT) / 2, self._bottom + 48, "step", colour=FAINT_INK, size=15, align="centre")
        canvas.text(_LEFT, self._top - 22, self._title, colour=INK, size=20, is_bold=True)

    def _draw_legend(self, *, has_validation: bool) -> None:
        x = WIDTH - _RIGHT
        if has_validation:
            self._canvas.text(x, self._top - 22, "validation", colour=_VALIDATION, size=16, align="right")
            x -= 110
        self._canvas.text(x, self._top - 22, "training", colour=_SMOOTHED, size=16, align="right")

    def _line(self, points: np.ndarray, colour: Colour, thickness: int) -> None:
        if not len(points):
            return
        x = _LEFT + points[:, 0] / self._last_step * (WIDTH - _LEFT - _RIGHT)
        share = (points[:, 1] - self._low) / (self._high - self._low)
        self._canvas.line(
            np.column_stack((x, self._bottom - share * (self._bottom - self._top))), colour, thickness=thickness
        )


def _smoothed(points: np.ndarray) -> np.ndarray:
    """Return the running mean of a curve."""
    smooth = points.copy()
    for index in range(1, len(points)):
        smooth[index, 1] = _SMOOTHING * smooth[index - 1, 1] + (1 - _SMOOTHING) * points[index, 1]
    return smooth
