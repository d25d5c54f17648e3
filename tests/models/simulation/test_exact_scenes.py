"""The true motion of simulated scenes explains their pictures: carried along it, a frame becomes the next one."""

import cv2
import numpy as np
import pytest

from models.simulation.bedside import BedsideScene
from models.simulation.bedside_motion import MovingBedside
from models.simulation.motion import MotionField
from models.simulation.patchwork import PatchworkScene


def carried_back(second: np.ndarray, field: MotionField) -> np.ndarray:
    rows, columns = np.mgrid[: second.shape[0], : second.shape[1]].astype(np.float32)
    return cv2.remap(second, columns + field.flow[..., 0], rows + field.flow[..., 1], cv2.INTER_LINEAR)


def differences(first: np.ndarray, second: np.ndarray, field: MotionField) -> tuple[float, float]:
    """Return the mean difference of moving pixels, at the same place and carried along."""
    is_moving = (np.linalg.norm(field.flow, axis=-1) > 0.5) & field.is_visible
    assert is_moving.mean() > 0.01
    return tuple(  # type: ignore[return-value]
        float(np.abs(first.astype(int) - other)[is_moving].mean()) for other in (second, carried_back(second, field))
    )


@pytest.mark.parametrize("seed", [3, 8])
def test_a_bedside_scenes_motion_explains_its_pictures(seed: int) -> None:
    scene = MovingBedside(seed, duration_seconds=60, look="rgb")
    event = scene.truth.events[0]
    for share in (0.3, 0.6):
        index = int((event.start_seconds + share * (event.end_seconds - event.start_seconds)) * 15)
        field = scene.motion(index)
        still, carried = differences(scene.frame(index), scene.frame(index + 1), field)
        assert carried < 0.65 * still  # what is left is the noise of the sensor


def test_a_moving_bedside_shows_the_pictures_of_the_bedside_scene() -> None:
    sizes = {"duration_seconds": 30, "height": 72, "width": 96}
    plain, moving = BedsideScene(5, **sizes), MovingBedside(5, **sizes)  # type: ignore[arg-type]
    assert np.array_equal(plain.frame(200), moving.frame(200))
    plain.frame(200)
    assert np.array_equal(plain._canvas.depths, moving._painting(200).canvas.depths)


def test_a_bedside_frame_does_not_move_against_itself() -> None:
    field = MovingBedside(5, duration_seconds=30, height=72, width=96).motion(100, num_frames=0)
    assert np.abs(field.flow).max() < 1e-3
    assert field.is_visible.all()


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_patchworks_motion_explains_its_pictures(seed: int) -> None:
    scene = PatchworkScene(seed, height=120, width=160)
    field = scene.motion(4)
    still, carried = differences(scene.frame(4), scene.frame(5), field)
    assert carried < 0.15 * still
    assert field.flow.dtype == np.float32
    assert 0.5 < field.is_visible.mean() < 1


def test_a_seed_names_its_patchwork() -> None:
    assert np.array_equal(*(next(PatchworkScene(7, height=60, width=80).frames(1)) for _ in range(2)))
    assert not np.array_equal(*(next(PatchworkScene(seed, height=60, width=80).frames(1)) for seed in (7, 8)))
