"""What the echo models are worth: whole simulated recordings that they never saw, read as a user's are read."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from models.echo.cine import Cine
from models.echo.crop import SIDE, Crop
from models.echo.reading import EchoReading
from models.echo.sector import Fan, find_fan
from models.evaluation.bootstrap import bootstrap
from models.evaluation.overlap import OverlapCounts, count_overlap
from models.evaluation.regression import mean_absolute_error, r_squared, root_mean_square_error
from models.predictors.echo_ef import EchoEf
from models.predictors.echo_networks import FrameReader
from models.simulation.echo.anatomy import VIEWS, View
from models.simulation.echo.scene import EchoScene
from models.simulation.echo.truth import fill_contour
from models.training.phases import Show
from models.training.side_by_side import side_by_side

APICAL_SECONDS, OTHER_SECONDS = 3.5, 1.2


@dataclass(frozen=True, eq=False)
class Outcome:
    """One recording, read, beside its truth."""

    view: View
    true_ef_percent: float | None
    reading: EchoReading | None
    """None where no fan was found."""
    overlap: OverlapCounts

    @property
    def is_accepted(self) -> bool:
        """The view check took it for the view that can be read."""
        return self.reading is not None and self.reading.view == VIEWS[0]


def read_loops(
    predictor: EchoEf, frames: FrameReader, orders: Sequence[tuple[int, View]], *, num_threads: int, show: Show
) -> list[Outcome]:
    """Simulate and read the recording of each seed and view."""
    return side_by_side(lambda order: _read(predictor, frames, *order), orders, show, num_threads=num_threads)


def summarise(outcomes: Sequence[Outcome]) -> dict[str, dict[str, Any]]:
    """Return the metrics of both models as plain JSON values; intervals are 95 % bootstrap over recordings."""
    apical = [outcome for outcome in outcomes if outcome.view == VIEWS[0]]
    others = [outcome for outcome in outcomes if outcome.view != VIEWS[0]]
    read = [outcome for outcome in apical if outcome.reading and outcome.reading.ef]
    about = f"{len(apical)} apical and {len(others)} other simulated recordings, seeds outside training"
    metrics: dict[str, dict[str, Any]] = {
        "frames": {
            "measured_on": about,
            "mask_dice": _interval(apical, _dice),
            "apical_four_chamber_accepted": _interval(apical, _accepted),
            "other_views_refused": _interval(others, lambda some: 1 - _accepted(some)),
        },
        "ef": {
            "measured_on": about + ", their fan searched for in the pictures",
            "share_read": _interval(apical, _share_read),
            "ef_mae": _interval(read, lambda some: mean_absolute_error(*_pairs(some))),
            "ef_rmse": _interval(read, lambda some: root_mean_square_error(*_pairs(some))),
            "ef_r2": _interval(read, lambda some: r_squared(*_pairs(some))),
            "volume_ef_mae": _interval(read, lambda some: mean_absolute_error(*_pairs(some, is_by_volume=True))),
        },
    }
    return metrics


def _interval(outcomes: Sequence[Outcome], metric: Callable[[Sequence[Outcome]], float]) -> dict[str, float]:
    """Return a metric with its interval; nothing where no recording tells it."""
    return bootstrap(outcomes, metric).rounded() if outcomes else {}


def cine_of_scene(scene: EchoScene, source_id: str) -> Cine | None:
    """Return a simulated recording as it is read: its fan searched for in the pictures; None where none is found."""
    pictures = list(scene.frames())
    fan = find_fan(pictures[:: max(len(pictures) // 24, 1)])
    if not isinstance(fan, Fan):
        return None
    crop = Crop.around(fan.box)
    seconds = np.arange(len(pictures)) / scene.frame_rate_hz
    return Cine(source_id, np.stack([crop.take(picture) for picture in pictures]), seconds, crop)


def _read(predictor: EchoEf, frames: FrameReader, seed: int, view: View) -> Outcome:
    seconds = APICAL_SECONDS if view == VIEWS[0] else OTHER_SECONDS
    scene = EchoScene(seed, view=view, duration_seconds=seconds, size=None)
    cine = cine_of_scene(scene, f"seed {seed}")
    nothing = OverlapCounts(0, 0, 0)
    if cine is None:
        return Outcome(view, scene.truth.ef_percent, None, nothing)
    overlap = nothing
    if view == VIEWS[0]:
        some = slice(None, None, 4)
        contours = cine.crop.from_picture(scene.truth.contours[some])
        true = np.stack([fill_contour(contour, (SIDE, SIDE)) for contour in contours])
        overlap = count_overlap(true, frames.probabilities(cine.frames, cine.frame_rate_hz)[some] > 127)
    return Outcome(view, scene.truth.ef_percent, predictor.read(cine), overlap)


def _dice(outcomes: Sequence[Outcome]) -> float:
    """Mean over the recordings; one without a fan counts as nothing found."""
    return float(np.mean([outcome.overlap.dice if outcome.reading else 0.0 for outcome in outcomes]))


def _accepted(outcomes: Sequence[Outcome]) -> float:
    return float(np.mean([outcome.is_accepted for outcome in outcomes]))


def _share_read(outcomes: Sequence[Outcome]) -> float:
    return float(np.mean([bool(outcome.reading and outcome.reading.ef) for outcome in outcomes]))


def _pairs(outcomes: Sequence[Outcome], *, is_by_volume: bool = False) -> tuple[np.ndarray, np.ndarray]:
    true, found = [], []
    for outcome in outcomes:
        spread = outcome.reading and (outcome.reading.volume_ef if is_by_volume else outcome.reading.ef)
        if spread and outcome.true_ef_percent is not None:
            true.append(outcome.true_ef_percent)
            found.append(spread.mean)
    return np.array(true), np.array(found)
