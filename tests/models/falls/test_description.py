"""Laws of the numbers that describe how somebody moves."""

import numpy as np
import pytest

from models.falls.description import DIRECTIONS, NUM_NUMBERS, describe
from models.falls.motion import CHANNELS, EXTENTS, GRID, STEPS, ClipMotion


def some_motion(seed: int = 0) -> ClipMotion:
    rng = np.random.default_rng(seed)
    cells = rng.normal(0, 0.3, (STEPS, CHANNELS, GRID, GRID)).astype(np.float32)
    cells[:, 2:] = np.abs(cells[:, 2:])
    return ClipMotion(cells, rng.random((STEPS, EXTENTS), np.float32))


def all_moving(across: float, down: float) -> ClipMotion:
    cells = np.zeros((STEPS, CHANNELS, GRID, GRID), np.float32)
    cells[:, 0], cells[:, 1] = across, down
    return ClipMotion(cells, np.zeros((STEPS, EXTENTS), np.float32))


def directions(motion: ClipMotion) -> np.ndarray:
    start = NUM_NUMBERS - EXTENTS - 2 - DIRECTIONS
    return describe(motion)[0, start : start + DIRECTIONS]


def test_every_step_has_as_many_numbers() -> None:
    numbers = describe(some_motion())
    assert numbers.shape == (STEPS, NUM_NUMBERS)
    assert numbers.dtype == np.float32
    assert np.isfinite(numbers).all()


def test_a_mirrored_clip_gives_the_same_numbers() -> None:
    motion = some_motion()
    mirrored = motion.cells[..., ::-1].copy()
    mirrored[:, 0] *= -1
    assert np.allclose(describe(motion), describe(ClipMotion(mirrored, motion.extents)), atol=1e-4)


@pytest.mark.parametrize(
    ("across", "down", "sector"), [(0.0, -0.5, 0), (0.5, 0.0, 2), (-0.5, 0.0, 2), (0.0, 0.5, DIRECTIONS - 1)]
)
def test_directions_run_from_up_to_down(across: float, down: float, sector: int) -> None:
    shares = directions(all_moving(across, down))
    assert shares[sector] == pytest.approx(1, abs=0.01)
    assert shares.sum() == pytest.approx(1, abs=0.01)


def test_nothing_that_moves_gives_finite_numbers() -> None:
    assert np.isfinite(describe(all_moving(0.0, 0.0))).all()
