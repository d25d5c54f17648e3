"""What happens in a scene at home: ordinary things, of which some look like a fall, and perhaps a fall."""

import numpy as np

from models.simulation.body import Body
from models.simulation.home.resident import Resident
from models.simulation.layout import Layout

FALL_SHARE = 0.6
"""Of the scenes."""
_FALLS = {"fall": 0.7, "fall_off_chair": 0.1, "fall_out_of_bed": 0.08, "fall_onto_bed": 0.12}
_ORDINARY = {
    "stand": 0.14,
    "walk": 0.2,
    "walk_off": 0.05,
    "bend": 0.14,
    "squat": 0.08,
    "kneel": 0.06,
    "sit_on_chair": 0.12,
    "sit_on_bed": 0.07,
    "lie_down_in_bed": 0.08,
    "sit_on_floor": 0.06,
}
CLOSING_SECONDS = 2.5
"""A fall ends at least so long before the scene does."""


def live(body: Body, layout: Layout, rng: np.random.Generator, duration_seconds: float) -> Resident:
    """Return somebody who has lived through the scene, with at most one fall, well within it."""
    falls = bool(rng.random() < FALL_SHARE)
    while True:
        resident = _try(body, layout, rng, duration_seconds, falls)
        ends = [event.end_seconds for event in resident.events if event.label == "fall"]
        if not ends or ends[0] < duration_seconds - CLOSING_SECONDS:
            return resident


def _try(body: Body, layout: Layout, rng: np.random.Generator, duration_seconds: float, falls: bool) -> Resident:
    spot = layout.threshold
    for _ in range(30):
        candidate = rng.uniform((0.6, 0.6), (layout.width - 0.6, layout.depth - 0.6))
        if layout.is_free(candidate, 0.4):
            spot = candidate
            break
    resident = Resident(body, layout, rng, np.asarray(spot))
    fall_after = rng.uniform(0.0, 0.55) * duration_seconds if falls else np.inf
    if falls and rng.random() < 0.15:
        fall_after = 0.0  # nothing before it: a recording may begin right there
        resident.track.hold(rng.uniform(0.05, 1.0))
    while resident.now < duration_seconds:
        if resident.now >= fall_after:
            _do(resident, _FALLS, rng)
            resident.lie_still(float(rng.uniform(2.0, 9.0)))
            resident.get_up()
            fall_after = np.inf
        else:
            _do(resident, _ORDINARY, rng)
            if resident.events[-1].label == "other" and resident.track.pose.z > 0.3 and resident.track.pose.trunk < -60:
                resident.get_out_of_bed()
    return resident


def _do(resident: Resident, chances: dict[str, float], rng: np.random.Generator) -> None:
    shares = np.array(list(chances.values()))
    getattr(resident, str(rng.choice(list(chances), p=shares / shares.sum())))()
