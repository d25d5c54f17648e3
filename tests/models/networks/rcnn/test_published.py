"""Faster R-CNN and Mask R-CNN against torchvision's, stage by stage."""

import re
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
import torch
from torch import Tensor

from models.registry import build_network
from models.weights import load_reference

Shapes = Callable[[str], dict[str, list[int]]]
AssertLike = Callable[[Tensor, dict[str, Any]], None]


def filled_detector(
    name: str, case: dict[str, Any], reference: dict[str, Any], shapes: Shapes, recipe: ModuleType
) -> Any:
    network = build_network(f"{name}_resnet50_fpn", frozen_bn_eps=case["frozen_bn_eps"], **case["kwargs"])
    weights = recipe.fill_state_dict(shapes(f"tv_{name}"), reference["gain"], reference["overrides"])
    assert recipe.sd_checksum(weights) == pytest.approx(reference["state_dict"])
    load_reference(network, weights)
    return network.eval()


@pytest.mark.parametrize(
    ("name", "case_name"),
    [
        ("maskrcnn", "small_eps0"),
        pytest.param("fasterrcnn", "small_eps0", marks=pytest.mark.slow),
        pytest.param("fasterrcnn", "small_eps1e-5", marks=pytest.mark.slow),
    ],
)
def test_every_stage_equals_the_public_implementation(
    name: str,
    case_name: str,
    reference_of: Callable[[str], dict[str, Any]],
    published_shapes: Shapes,
    recipe: ModuleType,
    assert_like: AssertLike,
) -> None:
    reference = reference_of(f"tv_{name}_resnet50_fpn")
    case = reference["cases"][case_name]
    network = filled_detector(name, case, reference, published_shapes, recipe)
    pictures = [recipe.uniform_input(one["name"], one["shape"], *one["range"]) for one in case["images"]]
    boxes = [torch.tensor(case["fixed_boxes"])]
    with torch.inference_mode():
        batch = network.transform.batch(pictures)
        maps = network.backbone(batch.pixels)
        logits, differences = network.rpn.head(maps)
        proposals, _ = network.rpn(maps, batch)
        regions = network.roi_heads.pool_boxes(maps, boxes, batch)
        features = network.roi_heads.box_head(regions)
        classes, box_differences = network.roi_heads.box_predictor(features)
        found = network.transform.restored(network.roi_heads(maps, proposals, batch), batch)
    assert_like(batch.pixels, case["transformed"]["tensor"])
    assert [list(size) for size in batch.sizes] == case["transformed"]["image_sizes"]
    for one, expected in zip(maps, case["fpn"].values(), strict=True):
        assert_like(one, expected)
    for one, expected in zip((*logits, *differences), (*case["rpn_objectness"], *case["rpn_deltas"]), strict=True):
        assert_like(one, expected)
    assert_like(regions, case["fixed_roialign7"])
    assert_like(features, case["fixed_box_head"])
    assert_like(classes, case["fixed_cls_logits"])
    assert_like(box_differences, case["fixed_box_deltas"])
    assert_proposals(proposals, case["proposals"])
    assert_detections(found[0], case["detections"][0])
    if name == "maskrcnn":
        assert_masks(network, maps, batch, found[0], case, assert_like)


def assert_proposals(proposals: list[Tensor], expected: list[dict[str, Any]]) -> None:
    for some, some_expected in zip(proposals, expected, strict=True):
        assert len(some) == some_expected["n"]
        torch.testing.assert_close(some[:10], torch.tensor(some_expected["first10"]), rtol=0, atol=1e-3)
        assert some.double().sum().item() == pytest.approx(some_expected["sum"], rel=1e-6)


def assert_detections(found: dict[str, Tensor], expected: dict[str, Any]) -> None:
    assert len(found["boxes"]) == expected["n"]
    torch.testing.assert_close(found["boxes"][:10], torch.tensor(expected["boxes_first10"]), rtol=0, atol=1e-3)
    torch.testing.assert_close(found["scores"][:20], torch.tensor(expected["scores_first20"]), rtol=0, atol=1e-4)
    assert found["labels"][:20].tolist() == expected["labels_first20"]


def assert_masks(
    network: Any,
    maps: list[Tensor],
    batch: Any,
    found: dict[str, Tensor],
    case: dict[str, Any],
    assert_like: AssertLike,
) -> None:
    boxes = [torch.tensor(case["fixed_boxes"])]
    expected = case["detections"][0]
    with torch.inference_mode():
        assert_like(network.roi_heads.pool_masks(maps, boxes, batch), case["fixed_roialign14"])
        assert_like(network.roi_heads.mask_logits(maps, boxes, batch), case["fixed_mask_logits"])
    assert_like(found["masks"], expected["masks"])
    areas = (found["masks"] > 0.5).flatten(1).sum(1)[:10]
    assert areas.tolist() == pytest.approx(expected["mask_area_gt0.5_first10"], abs=2)


@pytest.mark.parametrize("name", ["fasterrcnn", "maskrcnn"])
def test_layers_bear_their_published_names(name: str, published_shapes: Shapes) -> None:
    with torch.device("meta"):
        network = build_network(f"{name}_resnet50_fpn")
    shapes = {key: list(tensor.shape) for key, tensor in network.state_dict().items()}
    assert shapes == published_shapes(f"tv_{name}")


@pytest.mark.parametrize(("name", "num_parameters"), [("fasterrcnn", 41_755_286), ("maskrcnn", 44_401_393)])
def test_parameters_are_as_many_as_published(name: str, num_parameters: int) -> None:
    with torch.device("meta"):
        network = build_network(f"{name}_resnet50_fpn")
    assert sum(parameter.numel() for parameter in network.parameters()) == num_parameters


def test_checkpoints_load_by_their_older_names_too() -> None:
    network = build_network("maskrcnn_resnet18_fpn", num_classes=3, width=0.125)
    weights = {_older(name): tensor for name, tensor in network.state_dict().items()}
    assert {"rpn.head.conv.weight", "backbone.fpn.inner_blocks.0.bias", "roi_heads.mask_head.mask_fcn4.weight"} < set(
        weights
    )
    other = build_network("maskrcnn_resnet18_fpn", num_classes=3, width=0.125)
    load_reference(other, weights)
    for name, tensor in other.state_dict().items():
        assert torch.equal(tensor, network.state_dict()[name]), name


def test_weights_of_other_classes_are_refused_by_name() -> None:
    weights = build_network("fasterrcnn_resnet18_fpn", num_classes=3, width=0.125).state_dict()
    with pytest.raises(ValueError, match=r"4 of another shape: roi_heads\.box_predictor\.cls_score\.weight must be"):
        load_reference(build_network("fasterrcnn_resnet18_fpn", num_classes=4, width=0.125), weights)


def _older(name: str) -> str:
    """Write a name as torchvision wrote it before version 0.14."""
    name = re.sub(r"^(rpn\.head\.conv)\.0\.0\.", r"\1.", name)
    name = re.sub(r"^(backbone\.fpn\.\w+_blocks\.\d)\.0\.", r"\1.", name)
    layer = re.match(r"roi_heads\.mask_head\.(\d)\.0\.(\w+)", name)
    return f"roi_heads.mask_head.mask_fcn{int(layer[1]) + 1}.{layer[2]}" if layer else name
