import numpy as np
import pytest

from models.training.pictures.batches import Views
from models.training.pictures.labelled import UNKNOWN, LabelledPicture, marked_classes, marked_instances
from models.training.pictures.views import STILL, ViewConfig, draw_view

PLAIN = STILL.model_copy(update={"mirror": True, "turn": True})


def numbered(*size: int) -> LabelledPicture:
    """A picture whose shades are the numbers of its objects, times 50."""
    instances = np.zeros(size, np.int32)
    middle = tuple(length // 2 for length in size)
    instances[tuple(slice(2, half) for half in middle)] = 4
    instances[tuple(slice(half, None) for half in middle)] = 9
    shades = np.searchsorted([0, 4, 9], instances)
    pixels = np.repeat((shades * 50).astype(np.uint8)[..., None], 3, axis=-1)
    return marked_instances("p", pixels, instances)


@pytest.mark.parametrize(("size", "crop"), [((40, 50), (32, 32)), ((20, 30), (64, 48)), ((12, 30, 26), (8, 16, 16))])
def test_objects_move_with_their_pixels(size: tuple[int, ...], crop: tuple[int, ...]) -> None:
    picture = numbered(*size)
    for seed in range(12):
        view = draw_view(picture, crop, PLAIN, np.random.default_rng(seed))
        assert view.size == crop
        assert np.array_equal(view.pixels[..., 0], view.layers[0] * 50)


def test_scaled_views_keep_objects_where_their_pixels_are() -> None:
    config = PLAIN.model_copy(update={"scales": (0.5, 2.0)})
    for seed in range(12):
        view = draw_view(numbered(60, 60), (48, 48), config, np.random.default_rng(seed))
        assert (np.abs(view.pixels[..., 0] - view.layers[0] * 50.0) < 30).mean() > 0.85


def test_a_seed_gives_one_view_and_relighting_moves_nothing() -> None:
    picture = numbered(40, 40)
    one, two = (draw_view(picture, (32, 32), ViewConfig(), np.random.default_rng(3)) for _ in range(2))
    assert np.array_equal(one.pixels, two.pixels)
    assert np.array_equal(one.layers, two.layers)
    views = Views([picture], (32, 32), ViewConfig(), seed=1)
    assert np.array_equal(views.draw(5, 2)[1].pixels, views.draw(5, 2)[1].pixels)
    assert not np.array_equal(views.draw(5, 1)[0].pixels, views.draw(6, 1)[0].pixels)


def test_sloping_light_rises_evenly_in_any_direction_and_moves_nothing() -> None:
    config = STILL.model_copy(update={"slope": 0.4})
    dark = marked_instances("p", np.zeros((40, 50, 3), np.uint8), np.ones((40, 50), np.int32))
    corners = set()
    for seed in range(12):
        light = draw_view(dark, (40, 50), config, np.random.default_rng(seed)).pixels[..., 0].astype(int)
        assert light.min() == 0
        assert 0 < light.max() <= 0.4 * 255 + 1
        assert np.abs(np.diff(light, 2, axis=0)).max() <= 1
        assert np.abs(np.diff(light, 2, axis=1)).max() <= 1
        corners.add(int(light[[0, 0, -1, -1], [0, -1, 0, -1]].argmax()))
    assert len(corners) > 1


def test_objects_are_boxes_classes_and_masks() -> None:
    picture = numbered(10, 20)
    objects = picture.objects()
    assert objects.boxes.tolist() == [[2, 2, 10, 5], [10, 5, 20, 10]]
    assert objects.classes.tolist() == [1, 1]
    assert objects.masks.sum((1, 2)).tolist() == [24, 50]
    assert len(picture.objects(fewest_pixels=30).classes) == 1


def test_what_nobody_labelled_is_no_object_and_has_no_class() -> None:
    classes = np.array([[0, 1, 2], [UNKNOWN, 2, 2]])
    picture = marked_classes("p", np.zeros((2, 3, 3), np.uint8), classes)
    assert np.array_equal(picture.class_map, classes)
    assert sorted(picture.objects().classes.tolist()) == [1, 2]
