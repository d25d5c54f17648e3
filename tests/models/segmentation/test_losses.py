import pytest
import torch
from torch.nn import functional as F

from models.segmentation.losses import soft_dice_loss, soft_jaccard_loss, weighted_cross_entropy


def test_equal_weights_give_the_plain_cross_entropy() -> None:
    logits, labels = torch.randn(2, 3, 4, 5), torch.randint(3, (2, 4, 5))
    loss = weighted_cross_entropy(logits, labels, torch.full((2, 4, 5), 7.0))
    torch.testing.assert_close(loss, F.cross_entropy(logits, labels, reduction="none").mean((1, 2)))


def test_unlabelled_voxels_teach_nothing() -> None:
    logits = torch.randn(1, 3, 2, 4, 5, requires_grad=True)
    labels, weights = torch.randint(3, (1, 2, 4, 5)), torch.ones(1, 2, 4, 5)
    labels[:, 1], weights[:, 1] = 255, 0
    loss = weighted_cross_entropy(logits, labels, weights)
    loss.sum().backward()
    torch.testing.assert_close(loss[0], F.cross_entropy(logits[:, :, 0], labels[:, 0]))
    assert logits.grad is not None
    assert not logits.grad[:, :, 1].any()
    assert logits.grad[:, :, 0].any()


def test_a_picture_without_labels_costs_nothing() -> None:
    logits = torch.randn(1, 2, 3, 3, requires_grad=True)
    loss = weighted_cross_entropy(logits, torch.zeros(1, 3, 3, dtype=torch.long), torch.zeros(1, 3, 3))
    loss.backward()
    assert loss.item() == 0
    assert logits.grad is not None
    assert logits.grad.isfinite().all()


def test_masks_that_agree_cost_least() -> None:
    mask = (torch.rand(2, 1, 6, 7) > 0.5).float()
    assert soft_jaccard_loss(mask, mask).item() == pytest.approx(-1)
    assert soft_jaccard_loss(mask, 1 - mask).item() == pytest.approx(0)
    assert soft_dice_loss(mask, mask).item() == pytest.approx(0)
    assert soft_dice_loss(mask, 1 - mask).item() > 0.9


def test_jaccard_of_a_hand_counted_case() -> None:
    loss = soft_jaccard_loss(torch.tensor([1.0, 1.0, 0.5]), torch.tensor([1.0, 0.0, 1.0]))
    assert loss.item() == pytest.approx(-1.5 / 3)


def test_nothing_where_nothing_is_costs_nothing() -> None:
    nothing = torch.zeros(1, 1, 3, 3)
    assert soft_jaccard_loss(nothing, nothing).item() == pytest.approx(-1)
    assert soft_dice_loss(nothing, nothing).item() == pytest.approx(0)
