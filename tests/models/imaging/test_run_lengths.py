import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from models.imaging.run_lengths import decode_mask, encode_mask, mask_area


@settings(deadline=None, max_examples=100)
@given(arrays(bool, st.tuples(st.integers(1, 40), st.integers(1, 40))))
def test_a_mask_comes_back_equal(mask: np.ndarray) -> None:
    encoded = encode_mask(mask)
    assert np.array_equal(decode_mask(encoded), mask)
    assert mask_area(encoded) == mask.sum()


@pytest.mark.parametrize("fill", [False, True])
def test_a_mask_of_one_kind_comes_back_equal(fill: bool) -> None:
    mask = np.full((300, 200), fill)
    assert np.array_equal(decode_mask(encode_mask(mask)), mask)


def test_the_text_is_that_of_pycocotools() -> None:
    mask = np.zeros((4, 5), bool)
    mask[1:3, 1:4] = True
    # pycocotools.mask.encode(np.asfortranarray(mask.astype("uint8")))["counts"]
    assert encode_mask(mask)["counts"] == "5220003"


def test_masks_of_the_reference_are_read(parity: Path) -> None:
    fixture = json.loads((parity / "coco_ap.json").read_text(encoding="utf-8"))
    masks = [entry["segmentation"] for entry in fixture["dets"] if isinstance(entry["segmentation"].get("counts"), str)]
    assert masks
    for mask in masks:
        assert encode_mask(decode_mask(mask)) == mask


def test_runs_that_do_not_fill_their_mask_are_refused() -> None:
    with pytest.raises(ValueError, match="must fill it, got 20 pixels"):
        decode_mask({"size": [9, 9], "counts": "5220003"})
