import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.imaging.voxel_grid import VoxelGrid


def turned(degrees: float, about: str = "x") -> np.ndarray:
    cosine, sine = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    first, second = {"x": (1, 2), "y": (2, 0), "z": (0, 1)}[about]
    rotation = np.eye(3)
    rotation[[first, first, second, second], [first, second, first, second]] = cosine, -sine, sine, cosine
    return rotation


def test_by_default_axes_rise_to_the_head_the_back_and_the_left() -> None:
    grid = VoxelGrid.of_axes((4, 5, 6), (3, 2, 1), origin_mm=(10, 20, 30))
    assert grid.orientation == "SPL"
    assert grid.spacing_mm == (3, 2, 1)
    assert grid.voxel_mm3 == pytest.approx(6)
    assert grid.positions_mm(np.array([[1, 1, 1]])).tolist() == [[11, 22, 33]]


@pytest.mark.parametrize(("degrees", "orientation"), [(0, "SPL"), (30, "SPL"), (60, "ASL"), (180, "IAL")])
def test_an_oblique_grid_is_named_by_its_nearest_sides(degrees: float, orientation: str) -> None:
    directions = turned(degrees) @ np.eye(3)[:, ::-1]
    assert VoxelGrid.of_axes((4, 4, 4), (1, 1, 1), directions=directions).orientation == orientation


@settings(deadline=None, max_examples=30)
@given(st.floats(-180, 180), st.sampled_from("xyz"), st.tuples(*[st.floats(0.1, 9)] * 3))
def test_places_and_indices_are_inverse_to_each_other(
    degrees: float, about: str, spacing_mm: tuple[float, float, float]
) -> None:
    grid = VoxelGrid.of_axes((9, 8, 7), spacing_mm, directions=turned(degrees, about), origin_mm=(-100, 50, 7))
    indices = np.array([[0, 0, 0], [8, 7, 6], [1.5, 2.25, 3]])
    np.testing.assert_allclose(grid.indices(grid.positions_mm(indices)), indices, atol=1e-9)
    np.testing.assert_allclose(grid.spacing_mm, spacing_mm)


def test_slices_of_a_slab_stay_where_they_are() -> None:
    grid = VoxelGrid.of_axes((9, 8, 7), (2, 1, 1), directions=turned(20), origin_mm=(3, 4, 5))
    slab = grid.slab(4, 7)
    assert slab.shape == (3, 8, 7)
    np.testing.assert_allclose(
        slab.positions_mm(np.array([[0, 3, 2]])), grid.positions_mm(np.array([[4, 3, 2]])), atol=1e-12
    )


def test_slices_pushed_aside_are_a_shear() -> None:
    grid = VoxelGrid.of_axes((9, 8, 7), (1, 1, 1))
    affine = grid.affine.copy()
    affine[:3, 0] = 0, np.sin(np.radians(12)), np.cos(np.radians(12))
    assert grid.shear_degrees == pytest.approx(0, abs=1e-6)
    assert VoxelGrid((9, 8, 7), affine).shear_degrees == pytest.approx(12)


def test_grids_are_alike_to_a_hundredth_of_a_voxel() -> None:
    grid = VoxelGrid.of_axes((9, 8, 7), (1, 1, 1))
    assert grid.is_like(VoxelGrid.of_axes((9, 8, 7), (1, 1, 1), origin_mm=(0.005, 0, 0)))
    assert not grid.is_like(VoxelGrid.of_axes((9, 8, 7), (1, 1, 1), origin_mm=(0.02, 0, 0)))
    assert not grid.is_like(VoxelGrid.of_axes((9, 8, 7), (1, 1, 1.01)))
    assert not grid.is_like(VoxelGrid.of_axes((9, 8, 6), (1, 1, 1)))


@pytest.mark.parametrize(
    ("affine", "reason"),
    [
        (np.diag([1, 1, np.nan, 1]), "finite numbers"),
        (np.diag([1, 1, np.inf, 1]), "finite numbers"),
        (np.diag([1, 0, 1, 1]), "the spacing of voxels must be positive, got 1 x 0 x 1 mm"),
        (np.array([[1, 1, 0, 0], [0, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1.0]]), "must span space"),
        (np.ones((4, 4)), "last row"),
        (np.eye(3), "4x4"),
    ],
)
def test_an_affine_that_places_no_voxels_is_refused(affine: np.ndarray, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        VoxelGrid((2, 2, 2), affine)


def test_an_axis_without_voxels_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one voxel"):
        VoxelGrid.of_axes((2, 0, 2), (1, 1, 1))
