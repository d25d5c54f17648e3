"""What a simulated scanner does to uptake."""

import numpy as np
import pytest

from models.simulation.pet.scanner import Scanner

SPACING_MM = (3.0, 2.0, 2.0)


@pytest.mark.parametrize("noise", [0.04, 0.12])
def test_noise_of_the_brain_is_as_asked(noise: float) -> None:
    uptake = np.ones((32, 48, 48), np.float32)
    seen = Scanner(4.5, 4.0, noise).scan(uptake, SPACING_MM, np.random.default_rng(0))
    assert seen.mean() == pytest.approx(1, abs=0.01)
    assert seen[6:-6, 6:-6, 6:-6].std() == pytest.approx(noise, rel=0.2)


def test_a_point_is_blurred_by_resolution_and_filter_together() -> None:
    point = np.zeros((41, 41, 41), np.float32)
    point[20, 20, 20] = 1e7
    seen = Scanner(5.0, 4.0, 0.01).scan(point, (1.0, 1.0, 1.0), np.random.default_rng(0))
    profile = seen[20, 20] / seen[20, 20].max()
    width = np.interp(-0.5, -profile[20:], np.arange(21.0)) * 2
    assert width == pytest.approx(np.hypot(5.0, 4.0), rel=0.03)
