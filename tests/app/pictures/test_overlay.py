import numpy as np
import pytest

from app.pictures.overlay import label_colour, overlay

GREY = np.full((20, 30, 3), 100, np.uint8)


def test_only_labelled_pixels_change_and_edges_are_opaque() -> None:
    labels = np.zeros((20, 30), np.uint16)
    labels[5:12, 8:20] = 300
    shown = overlay(GREY, labels)
    assert np.array_equal(shown[labels == 0], GREY[labels == 0])
    assert tuple(shown[5, 8]) == tuple(shown[11, 19]) == label_colour(300)
    inside = shown[8, 12].astype(int)
    assert inside.tolist() != list(label_colour(300))
    np.testing.assert_allclose(inside, 0.65 * 100 + 0.35 * np.array(label_colour(300)), atol=1)


def test_objects_that_touch_have_an_edge_between_them() -> None:
    labels = np.ones((20, 30), int)
    labels[:, 15:] = 2
    shown = overlay(GREY, labels)
    assert tuple(shown[10, 14]) == label_colour(1)
    assert tuple(shown[10, 15]) == label_colour(2)
    assert tuple(shown[10, 3]) != label_colour(1)


def test_neighbouring_numbers_have_colours_far_apart() -> None:
    colours = np.array([label_colour(number) for number in range(1, 200)], int)
    assert np.abs(np.diff(colours, axis=0)).sum(axis=1).min() > 120


def test_labels_of_another_size_are_refused() -> None:
    with pytest.raises(ValueError, match=r"the size of the picture \(20, 30\), got \(20, 31\)"):
        overlay(GREY, np.zeros((20, 31), int))
