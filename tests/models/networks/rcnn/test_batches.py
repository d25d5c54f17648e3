import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch
from torch import Tensor

from models.networks.rcnn.batches import BatchTransform
from models.networks.rcnn.bodies import IMAGENET_MEAN, IMAGENET_STD

PUBLISHED = BatchTransform(IMAGENET_MEAN, IMAGENET_STD, (800,), 1333)
SMALL = BatchTransform((0.5,) * 3, (0.25,) * 3, (64,), 96)
AS_THEY_ARE = BatchTransform((0.0,), (1.0,), multiple_of=16)


@pytest.mark.parametrize("size", ["3x120x200", "3x100x400", "3x333x251"])
def test_pictures_are_scaled_as_the_public_implementation_scales_them(
    size: str, parity: Path, recipe: ModuleType, assert_like: Callable[[Tensor, dict[str, Any]], None]
) -> None:
    expected = json.loads((parity / "tv_ops.json").read_text())[f"transform_{size}"]
    picture = recipe.uniform_input(f"tr_{size}", [int(part) for part in size.split("x")], 0, 1)
    batch = PUBLISHED.batch([picture])
    assert [list(one) for one in batch.sizes] == expected["image_sizes"]
    assert_like(batch.pixels, expected["tensor"])


def test_pictures_of_unequal_size_lie_in_the_upper_left_of_one_batch() -> None:
    pictures = [torch.rand(3, 50, 40), torch.rand(3, 20, 60)]
    batch = SMALL.batch(pictures)
    assert batch.sizes == ((80, 64), (32, 96))
    assert batch.original_sizes == ((50, 40), (20, 60))
    assert batch.pixels.shape == (2, 3, 96, 96)
    for index, (height, width) in enumerate(batch.sizes):
        alone = SMALL.batch([pictures[index]]).pixels[0, :, :height, :width]
        assert torch.equal(batch.pixels[index, :, :height, :width], alone)
        assert not batch.pixels[index, :, height:].any()
        assert not batch.pixels[index, :, :, width:].any()


@pytest.mark.parametrize("size", [(1, 1), (1, 3000), (7, 2)])
def test_the_tiniest_and_narrowest_pictures_make_a_batch(size: tuple[int, int]) -> None:
    batch = SMALL.batch([torch.rand(3, *size)])
    assert min(batch.sizes[0]) >= 1
    assert batch.pixels.isfinite().all()


def test_volumes_keep_their_size() -> None:
    batch = AS_THEY_ARE.batch([torch.rand(1, 5, 20, 33), torch.rand(1, 18, 3, 3)])
    assert batch.sizes == ((5, 20, 33), (18, 3, 3))
    assert batch.pixels.shape == (2, 1, 32, 32, 48)


def test_true_objects_move_with_their_pictures_and_found_ones_back() -> None:
    pictures = [torch.rand(3, 50, 40), torch.rand(3, 20, 60)]
    masks = torch.zeros(1, 50, 40, dtype=torch.bool)
    masks[:, 10:40, 5:25] = True
    targets = [
        {"boxes": torch.tensor([[5.0, 10, 25, 40]]), "labels": torch.tensor([2]), "masks": masks},
        {"boxes": torch.zeros(0, 4), "labels": torch.zeros(0), "masks": torch.zeros(0, 20, 60)},
    ]
    batch = SMALL.batch(pictures)
    scaled = SMALL.targets(targets, batch)
    assert scaled[0]["boxes"].tolist() == [[8, 16, 40, 64]]
    assert scaled[0]["masks"].shape == (1, 80, 64)
    assert scaled[0]["masks"].sum().item() == 32 * 48
    assert scaled[1]["boxes"].shape == (0, 4)
    found = [
        {"boxes": one["boxes"], "labels": one["labels"], "masks": torch.ones(len(one["boxes"]), 1, 28, 28)}
        for one in scaled
    ]
    restored = SMALL.restored(found, batch)
    assert restored[0]["boxes"].tolist() == [pytest.approx([5, 10, 25, 40])]
    assert restored[0]["masks"].shape == (1, 1, 50, 40)
    assert (restored[0]["masks"] > 0.5).sum().item() == pytest.approx(600, rel=0.15)
    assert restored[1]["masks"].shape == (0, 1, 20, 60)


def test_training_draws_among_sizes() -> None:
    transform = BatchTransform((0.0,), (1.0,), (32, 48, 64), 200)
    picture = torch.rand(1, 40, 40)
    assert {transform.batch([picture], is_training=True).sizes[0][0] for _ in range(40)} == {32, 48, 64}
    assert {transform.batch([picture]).sizes[0][0] for _ in range(5)} == {64}


@pytest.mark.parametrize(
    ("pictures", "complaint"),
    [
        ([], "at least one picture, got none"),
        ([torch.rand(3, 8, 8), torch.rand(1, 8, 8)], r"must be \(3, H, W\) .* with pixels, got \(1, 8, 8\) at index 1"),
        ([torch.rand(3, 0, 8)], r"with pixels, got \(3, 0, 8\) at index 0"),
        ([torch.rand(8, 8)], r"got \(8, 8\) at index 0"),
        ([torch.zeros(3, 8, 8, dtype=torch.uint8)], r"floating point in 0\.\.1, got torch\.uint8 at index 0"),
    ],
)
def test_what_is_no_picture_is_refused(pictures: list[Tensor], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        SMALL.batch(pictures)


def test_true_boxes_without_extent_are_refused() -> None:
    batch = SMALL.batch([torch.rand(3, 50, 40)])
    flat = {"boxes": torch.tensor([[5.0, 5, 5, 9]]), "labels": torch.tensor([1])}
    with pytest.raises(ValueError, match="extent above 0 along each axis; picture 0 has another"):
        SMALL.targets([flat], batch)
    with pytest.raises(ValueError, match="1 pictures need as many targets, got 0"):
        SMALL.targets([], batch)
