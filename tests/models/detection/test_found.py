import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from models.detection.found import (
    FoundObjects,
    PlacedMask,
    distinct,
    instance_layer,
    joined,
    no_objects,
    resized,
    to_detections,
)
from models.imaging.run_lengths import decode_mask

SIZE = (30, 40)
SQUARES = st.lists(st.tuples(st.integers(0, 20), st.integers(0, 30), st.integers(1, 9)), max_size=8)


def found_squares(squares: list[tuple[int, int, int]]) -> FoundObjects:
    """Squares by row, column and side, the first the surest."""
    boxes = [(column, row, column + side, row + side) for row, column, side in squares]
    return FoundObjects(
        np.array(boxes, np.float32).reshape(-1, 4),
        np.ones(len(squares), np.int64),
        np.linspace(0.9, 0.2, len(squares)).astype(np.float32),
        tuple(PlacedMask((row, column), np.ones((side, side), bool)) for row, column, side in squares),
    )


@settings(deadline=None, max_examples=60)
@given(SQUARES)
def test_shared_pixels_are_those_of_whole_masks(squares: list[tuple[int, int, int]]) -> None:
    found = found_squares(squares)
    whole = [decode_mask(mask) for mask in to_detections(found, ("cell",), SIZE).masks]
    for one, mask in zip(found.masks, whole, strict=True):
        assert one.area == mask.sum()
        for two, other in zip(found.masks, whole, strict=True):
            assert one.shared(two) == (mask & other).sum()


@settings(deadline=None, max_examples=60)
@given(SQUARES)
def test_distinct_objects_have_little_in_common_and_the_surest_stays(squares: list[tuple[int, int, int]]) -> None:
    kept = distinct(found_squares(squares), largest_share=0.3)
    assert len(kept) == 0 if not squares else kept.scores[0] == np.float32(0.9)
    for index, one in enumerate(kept.masks):
        assert all(one.shared(two) <= 0.3 * min(one.area, two.area) for two in kept.masks[:index])


def test_where_objects_overlap_the_surer_one_has_the_pixel() -> None:
    layer = instance_layer(found_squares([(0, 0, 4), (2, 2, 4)]), SIZE)
    assert (layer == 1).sum() == 16
    assert (layer == 2).sum() == 12


def test_boxes_alone_are_told_apart_too() -> None:
    found = found_squares([(0, 0, 8), (0, 1, 8), (20, 20, 5)])
    boxes_only = FoundObjects(found.boxes, found.classes, found.scores)
    assert distinct(boxes_only, largest_share=0.5).boxes.tolist() == [[0, 0, 8, 8], [20, 20, 25, 25]]
    assert len(joined([boxes_only, no_objects()])) == 3


@settings(deadline=None, max_examples=60)
@given(SQUARES, st.integers(1, 90), st.integers(1, 90))
def test_objects_at_another_size_are_those_of_the_resized_picture(
    squares: list[tuple[int, int, int]], height: int, width: int
) -> None:
    found, new = found_squares(squares), (height, width)
    rows, columns = (((np.arange(n) + 0.5) * old / n).astype(int) for n, old in zip(new, SIZE, strict=True))
    moved = resized(found, SIZE, new)
    expected = instance_layer(found, SIZE)[np.ix_(rows, columns)]
    assert np.array_equal(instance_layer(moved, new) > 0, expected > 0)
    assert all(mask.mask.any() for mask in moved.masks)
    assert set(moved.scores) <= set(found.scores)
