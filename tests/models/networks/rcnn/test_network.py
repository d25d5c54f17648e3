"""Every detector, small: what it gives, and what it learns from."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from models.registry import build_network, network_names

SMALL: dict[str, Any] = {"num_classes": 3, "min_size": 64, "max_size": 96, "num_proposals": 20, "width": 0.125}
ALL = sorted(name for name in network_names() if "rcnn_resnet" in name)
QUICK = ["fasterrcnn_resnet18_fpn", "maskrcnn_resnet18_fpn", "maskrcnn_efficientnet_lite0_fpn", "maskrcnn_resnet50_c4"]


def target(num_objects: int, *, height: int = 50, width: int = 40) -> dict[str, Tensor]:
    lower = torch.rand(num_objects, 2) * torch.tensor([width - 20, height - 20])
    boxes = torch.cat([lower, lower + 8 + torch.rand(num_objects, 2) * 10], dim=1)
    masks = torch.zeros(num_objects, height, width, dtype=torch.uint8)
    for mask, (x1, y1, x2, y2) in zip(masks, boxes.long().tolist(), strict=True):
        mask[y1:y2, x1:x2] = 1
    return {"boxes": boxes, "labels": torch.randint(1, 3, (num_objects,)), "masks": masks}


@pytest.mark.parametrize("name", QUICK)
def test_each_picture_of_a_batch_gets_its_objects(name: str, detector: Callable[[str], Any]) -> None:
    sizes = [(50, 40), (20, 60), (1, 1)]
    network = detector(name).eval()
    with torch.inference_mode():
        found = network([torch.rand(3, *size) for size in sizes])
    for one, (height, width) in zip(found, sizes, strict=True):
        count = len(one["boxes"])
        assert one["boxes"].shape == (count, 4)
        assert one["scores"].shape == one["labels"].shape == (count,)
        assert ((one["labels"] >= 1) & (one["labels"] < 3)).all()
        assert (one["scores"].diff() <= 0).all()
        assert (one["boxes"] >= 0).all()
        assert (one["boxes"][:, [0, 2]] <= width + 1e-3).all()
        assert (one["boxes"][:, [1, 3]] <= height + 1e-3).all()
        assert ("masks" in one) == name.startswith("mask")
        if "masks" in one:
            assert one["masks"].shape == (count, 1, height, width)
            assert ((one["masks"] >= 0) & (one["masks"] <= 1)).all()
    assert sum(len(one["boxes"]) for one in found) > 0


def test_a_picture_gets_the_same_objects_in_any_company(detector: Callable[[str], Any]) -> None:
    network = detector("maskrcnn_resnet18_fpn").eval()
    pictures = [torch.rand(3, 64, 96), torch.rand(3, 64, 96)]
    with torch.inference_mode():
        together, alone = network(pictures), [network([picture])[0] for picture in pictures]
    for one, other in zip(together, alone, strict=True):
        torch.testing.assert_close(one["boxes"], other["boxes"], rtol=0, atol=1e-3)
        torch.testing.assert_close(one["masks"], other["masks"], rtol=0, atol=1e-4)


@pytest.mark.parametrize("name", QUICK)
@pytest.mark.parametrize("num_objects", [(2, 0), (0, 0)])
def test_everything_that_may_learn_learns_from_any_number_of_objects(
    name: str, num_objects: tuple[int, int], detector: Callable[[str], Any]
) -> None:
    network = detector(name).train()
    network.zero_grad()
    pictures = [torch.rand(3, 50, 40), torch.rand(3, 50, 40)]
    losses = network.losses(pictures, [target(count) for count in num_objects])
    assert set(losses) == {"loss_objectness", "loss_rpn_box_reg", "loss_classifier", "loss_box_reg"} | (
        {"loss_mask"} if name.startswith("mask") else set()
    )
    total = torch.stack(list(losses.values())).sum()
    assert total.isfinite()
    total.backward()
    grads = {key: weight.grad for key, weight in network.named_parameters() if weight.requires_grad}
    assert all(grad is None or bool(grad.isfinite().all()) for grad in grads.values())
    if any(num_objects):
        assert [key for key, grad in grads.items() if grad is None or not grad.any()] == []


@pytest.mark.slow
@pytest.mark.parametrize("name", ALL)
def test_every_body_has_its_network(name: str) -> None:
    with torch.device("meta"):
        network = build_network(name, num_classes=2)
    assert network.num_classes == 2


@pytest.mark.parametrize("name", ["maskrcnn_resnet101_fpn", "fasterrcnn_resnet101_c4"])
def test_larger_bodies_run(name: str) -> None:
    network = build_network(name, **SMALL).eval()
    with torch.inference_mode():
        assert len(network([torch.rand(3, 40, 50)])) == 1


def test_regions_may_be_pooled_by_rounded_borders() -> None:
    torch.manual_seed(0)
    networks = [
        build_network("fasterrcnn_resnet18_fpn", **SMALL, score_threshold=0.01, pooling=kind).eval()
        for kind in ("align", "pool")
    ]
    networks[1].load_state_dict(networks[0].state_dict())
    picture = torch.rand(3, 64, 64)
    with torch.inference_mode():
        aligned, pooled = (network([picture])[0]["scores"] for network in networks)
    assert len(pooled)
    assert aligned.tolist() != pooled.tolist()


def test_only_the_last_stages_of_a_body_learn() -> None:
    with torch.device("meta"):
        body = build_network("fasterrcnn_resnet50_fpn").backbone.body
    learning = {name.split(".")[0] for name, weight in body.named_parameters() if weight.requires_grad}
    assert learning == {"layer2", "layer3", "layer4"}
    assert not [name for name, _ in body.named_parameters() if "bn" in name]


def test_the_small_body_for_cpus_starts_from_what_it_learned_on_imagenet(detector: Callable[[str], Any]) -> None:
    first = detector("maskrcnn_efficientnet_lite0_fpn").backbone.body
    second = build_network("fasterrcnn_efficientnet_lite0_fpn", **SMALL).backbone.body
    assert torch.equal(first.state_dict()["net._conv_stem.weight"], second.state_dict()["net._conv_stem.weight"])
    with torch.inference_mode():
        maps = first.eval()(torch.rand(1, 3, 64, 96))
    assert [tuple(one.shape[1:]) for one in maps] == [(24, 16, 24), (40, 8, 12), (112, 4, 6), (320, 2, 3)]


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"num_classes": 1}, r"num_classes must be at least 2 \(0 is the background\), got 1"),
        ({"trainable_layers": 6}, r"trainable_layers must lie in 0\.\.5 for this network, got 6"),
        ({"anchor_sizes": (8, 16)}, "anchor_sizes must be 5, one for each map, got"),
        ({"colour": "red"}, "network fasterrcnn_resnet18_fpn has no option colour"),
    ],
)
def test_options_that_make_no_network_are_refused(options: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint), torch.device("meta"):
        build_network("fasterrcnn_resnet18_fpn", **options)


def test_masks_are_asked_for_where_they_are_learned_from(detector: Callable[[str], Any]) -> None:
    network = detector("maskrcnn_resnet18_fpn").train()
    without = {key: value for key, value in target(2).items() if key != "masks"}
    with pytest.raises(ValueError, match=r"learns from masks; give every target masks \(N, H, W\)"):
        network.losses([torch.rand(3, 50, 40)], [without])


def test_training_draws_from_as_many_places_as_it_is_told() -> None:
    network: Any = build_network("fasterrcnn_resnet18_fpn", **SMALL, num_training_proposals=7).train()
    batch = network.transform.batch([torch.rand(3, 64, 64)])
    proposals, _ = network.rpn(
        network.backbone(batch.pixels), batch, network.transform.targets([target(2, height=64, width=64)], batch)
    )
    assert 1 <= len(proposals[0]) <= 7
