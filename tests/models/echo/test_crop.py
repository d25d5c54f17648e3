"""The square that the networks see."""

import numpy as np
import pytest

from models.echo.crop import SIDE, Crop
from models.echo.sector import Fan, NoFan, find_fan
from models.simulation.echo.scene import EchoScene


@pytest.mark.parametrize("box", [(10.0, 5.0, 310.0, 229.0), (40.0, 0.0, 152.0, 112.0), (30.0, -4.0, 500.0, 460.0)])
def test_points_go_to_the_square_and_back(box: tuple[float, float, float, float]) -> None:
    crop = Crop.around(box)
    points = np.array(((20.0, 30.0), (100.5, 7.25)))
    assert crop.to_picture(crop.from_picture(points)) == pytest.approx(points)


def test_a_bright_spot_lies_where_the_crop_says() -> None:
    picture = np.zeros((480, 640, 3), np.uint8)
    picture[198:203, 298:303] = 255
    crop = Crop.around((100, 20, 560, 468))
    row, column = np.unravel_index(crop.take(picture).argmax(), (SIDE, SIDE))
    assert crop.to_picture(np.array((column, row), float)) == pytest.approx((300, 200), abs=crop.pixels_a_cell)


def test_what_reaches_beyond_the_picture_is_black() -> None:
    square = Crop.around((-100, -50, 300, 350)).take(np.full((300, 200, 3), 200, np.uint8))
    assert square[0, 0] == 0
    assert square[SIDE // 2, SIDE // 2] == 200


@pytest.mark.parametrize("seed", range(6))
def test_fan_of_a_simulated_recording_is_found(seed: int) -> None:
    scene = EchoScene(seed, size=(320, 240), duration_seconds=1.2, frame_rate_hz=10)
    fan = find_fan(list(scene.frames()))
    assert isinstance(fan, Fan)
    _, true_top, _, true_bottom = scene.truth.fan_box
    left, top, right, bottom = fan.box
    tip = (scene.truth.fan_box[0] + scene.truth.fan_box[2]) / 2
    assert (left + right) / 2 == pytest.approx(tip, abs=0.09 * 320)
    assert top == pytest.approx(true_top, abs=0.08 * 240)
    assert bottom == pytest.approx(true_bottom, abs=0.25 * 240)


def test_pictures_of_something_else_are_no_ultrasound() -> None:
    rng = np.random.default_rng(0)
    noise = [rng.integers(0, 256, (120, 160, 3), dtype=np.uint8) for _ in range(4)]
    still = [np.zeros((120, 160, 3), np.uint8)] * 4
    block = [np.pad(frame[:60, :80], ((30, 30), (40, 40), (0, 0))) for frame in noise]
    found = [find_fan(pictures) for pictures in (noise, still, block)]
    assert all(isinstance(each, NoFan) for each in found)
    assert [each.reason.split(":")[0] for each in found if isinstance(each, NoFan)] == [
        "the picture is not the black screen of an ultrasound machine with a fan in it",
        "nothing in the picture flickers like the echoes of tissue",
        "what moves in the picture is no fan",
    ]
