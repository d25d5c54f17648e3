"""Laws of the sensors and of the light."""

import numpy as np
import pytest

from models.simulation.bedside import BedsideScene
from models.simulation.lighting import Lighting


def scene(look: str) -> BedsideScene:
    return BedsideScene(5, look=look, width=128, height=96, frame_rate_hz=5)  # type: ignore[arg-type]


def test_depth_is_grey_and_colour_is_not() -> None:
    depth, colour = (scene(look).frame(10).astype(int) for look in ("depth", "rgb"))
    assert np.ptp(depth, axis=-1).max() == 0
    assert np.ptp(colour, axis=-1).mean() > 3


@pytest.mark.parametrize("look", ["rgb", "depth"])
def test_sensor_noise_differs_from_frame_to_frame(look: str) -> None:
    shown = scene(look)
    first, second = shown.frame(20), shown.frame(21)
    assert (first != second).mean() > 0.1


def test_light_drifts_slowly_and_is_switched_within_its_range() -> None:
    jumps = []
    for seed in range(30):
        light = Lighting(np.random.default_rng(seed), 120.0)
        levels = np.array([light.level_at(seconds) for seconds in np.arange(0, 120, 0.5)])
        assert levels.min() >= 0.3
        assert levels.max() <= 1.6
        jumps.append(np.abs(np.diff(levels)).max())
    assert min(jumps) < 0.03  # some scenes only drift
    assert max(jumps) > 0.2  # in others a lamp is switched
