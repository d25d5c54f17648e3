from types import ModuleType
from typing import Any

import pytest
import torch

from models.detection.mask_pasting import paste_masks


def test_masks_lie_where_the_public_implementation_lays_them(ops: dict[str, Any], recipe: ModuleType) -> None:
    case = ops["paste_masks"]
    masks = recipe.uniform_input("paste_masks", (3, 1, 28, 28), 0, 1)
    found = paste_masks(masks, torch.tensor(case["boxes"]), case["image"])
    summary = recipe.summary(found)
    assert summary["shape"] == case["out"]["shape"]
    for name in ("norm", "mean", "max", "argmax_flat"):
        assert summary[name] == pytest.approx(case["out"][name], rel=1e-5)


@pytest.mark.parametrize("num_axes", [2, 3])
def test_a_full_mask_fills_its_box_and_fades_out_beyond(num_axes: int) -> None:
    sizes = (40, 50, 60)[-num_axes:]
    box = torch.tensor([[10.0, 15, 20][:num_axes] + [38.0, 43, 40][:num_axes]])
    found = paste_masks(torch.ones(1, 1, *(28,) * num_axes), box, sizes)[0, 0]
    inside = tuple(slice(int(box[0, axis]), int(box[0, num_axes + axis])) for axis in reversed(range(num_axes)))
    outside = torch.ones(sizes, dtype=torch.bool)
    outside[tuple(slice(part.start - 3, part.stop + 3) for part in inside)] = False
    assert (found[inside] > 0.4).all()
    assert not found[outside].any()


@pytest.mark.parametrize("box", [(70.0, 10, 90, 20), (-30.0, 5, -10, 20), (5.0, 5, 5, 5)])
def test_boxes_outside_the_picture_and_without_size_do_no_harm(box: tuple[float, ...]) -> None:
    found = paste_masks(torch.ones(1, 1, 28, 28), torch.tensor([box]), (30, 40))
    assert found.sum() <= 4


def test_no_masks_give_none() -> None:
    assert paste_masks(torch.zeros(0, 1, 28, 28), torch.zeros(0, 4), (30, 40)).shape == (0, 1, 30, 40)
