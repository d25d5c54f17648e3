import numpy as np
import pytest

from models.evaluation.flow_error import end_point_error


def test_the_error_is_the_length_of_the_difference() -> None:
    truth = np.zeros((1, 4, 2))
    truth[0, 2:] = (6, 0)
    found = truth.copy()
    found[0, 0] = (3, 4)  # still, 5 off
    found[0, 2] = (6, 1)  # moving, 1 off
    found[0, 3] = (2, 0)  # moving, 4 off
    error = end_point_error(found, truth, np.ones((1, 4), bool))
    assert error.mean_pixels == pytest.approx(2.5)
    assert error.still_pixels == pytest.approx(2.5)
    assert error.moving_pixels == pytest.approx(2.5)
    assert (error.outlier_share, error.moving_share) == (0.5, 0.5)


def test_only_judged_pixels_count() -> None:
    truth, found = np.zeros((2, 3, 3, 2)), np.ones((2, 3, 3, 2))
    found[:, 0] = 0
    judged = np.zeros((2, 3, 3), bool)
    judged[:, 0] = True
    error = end_point_error(found, truth, judged)
    assert error.mean_pixels == 0
    assert np.isnan(error.moving_pixels)
    with pytest.raises(ValueError, match="at least one pixel must count"):
        end_point_error(found, truth, np.zeros((2, 3, 3), bool))


def test_wrong_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match=r"\(\.\.\., H, W, 2\)"):
        end_point_error(np.zeros((3, 3, 2)), np.zeros((3, 3, 2)), np.ones((3, 2), bool))
