"""Puts Faster R-CNN and Mask R-CNN together on the bodies that there are.

Sources: the networks with a pyramid as torchvision has them; the C4 networks after He et al., "Mask R-CNN", ICCV 2017,
arXiv:1703.06870, figure 4 left, with the numbers of its section 3.1. EfficientNet-Lite0 and ResNet-18 under a pyramid
are ours: small networks for CPUs.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from torch import nn

from models.detection.anchors import AnchorGenerator, picture_anchors
from models.detection.pyramid_pooling import Pooling
from models.detection.sampler import BalancedSampler
from models.networks.rcnn.batches import BatchTransform
from models.networks.rcnn.bodies import EfficientNetLite0Body, ResNetBody, ResNetC4Body, keep_from_learning
from models.networks.rcnn.frozen_batch_norm import freeze_batch_norms
from models.networks.rcnn.heads import BoxPredictor, MaskPredictor, StageHead, TwoLayerHead, mask_head
from models.networks.rcnn.network import RegionCnn
from models.networks.rcnn.proposals import ProposalSettings, RegionProposalNetwork
from models.networks.rcnn.pyramid import PyramidBackbone, SingleMapBackbone
from models.networks.rcnn.regions import RegionHeads, RegionSettings
from models.networks.width import require_width, scaled_channels

ANCHOR_SIZES = (32, 64, 128, 256, 512)
PYRAMID_CHANNELS = 256
BOX_FEATURES = 1024
MASK_CHANNELS = 256
OBJECT_SHARE = 0.25
"""Of the places of a picture that training learns from, those that show an object: at most so many."""
_BODIES: dict[str, Callable[..., Any]] = {
    "efficientnet_lite0_fpn": lambda width: EfficientNetLite0Body(),
    "resnet101_fpn": partial(ResNetBody, 101),
    "resnet18_fpn": partial(ResNetBody, 18),
    "resnet50_fpn": partial(ResNetBody, 50),
    "resnet101_c4": partial(ResNetC4Body, 101),
    "resnet50_c4": partial(ResNetC4Body, 50),
}
RCNN_BACKBONES: dict[str, dict[str, Any]] = {
    "efficientnet_lite0_fpn": {"frozen_bn_eps": 1e-3, "trainable_layers": 5},  # has weights of its own
    "resnet101_c4": {"trainable_layers": 2},
    "resnet101_fpn": {},
    "resnet18_fpn": {"frozen_bn_eps": None, "trainable_layers": 5},  # from scratch
    "resnet50_c4": {"trainable_layers": 2},
    "resnet50_fpn": {},
}
"""Backbones by name, each with the options of `build_rcnn` that suit it unless said otherwise."""


def build_rcnn(
    backbone: str,
    has_masks: bool,
    *,
    num_classes: int = 91,
    min_size: int | Sequence[int] | None = 800,
    max_size: int = 1333,
    frozen_bn_eps: float | None = 0.0,
    trainable_layers: int = 3,
    anchor_sizes: Sequence[float] = ANCHOR_SIZES,
    anchor_ratios: Sequence[float] = (0.5, 1.0, 2.0),
    pooling: Pooling = "align",
    score_threshold: float = 0.05,
    nms_iou: float = 0.5,
    max_detections: int = 100,
    num_proposals: int | None = None,
    num_training_proposals: int = 2000,
    num_training_regions: int | None = None,
    width: float = 1.0,
) -> RegionCnn:
    """Make a Faster R-CNN, or with masks a Mask R-CNN.

    Args:
        backbone: One of the names in `RCNN_BACKBONES`.
        has_masks: Whether every object gets a mask.
        num_classes: With the background; 91 are COCO's.
        min_size: The shorter side becomes so long; of several, training draws one, else the last counts; None: kept.
        max_size: The longer side becomes at most so long.
        frozen_bn_eps: 0 for torchvision's COCO checkpoints; None: batch norms learn, as random weights need it.
        trainable_layers: Stages of the body that learn, counted from the last.
        anchor_sizes: Side of an anchor on each map, finest first, pixels of the scaled picture; in C4 all on one map.
        anchor_ratios: Heights of anchors divided by their widths.
        pooling: How regions are cut out of the maps: RoIAlign ("align") or RoIPool ("pool").
        score_threshold: Objects with a lower score are not reported.
        nms_iou: Objects of one class that overlap a better one by more are not reported.
        max_detections: Objects of a picture that are reported at most.
        num_proposals: Places of a picture to look closer at; None: 1000, of C4 networks 300.
        num_training_proposals: Places of a picture, of those with a pyramid, from which training draws.
        num_training_regions: Places of a picture to learn from; None: 512, of C4 networks 64.
        width: Multiplies the channels of every layer but those of EfficientNet-Lite0; 1 is the published network.

    Raises:
        ValueError: an option is out of range.
    """
    if num_classes < 2:
        raise ValueError(f"num_classes must be at least 2 (0 is the background), got {num_classes}")
    require_width(width)
    body, stage = _body(backbone, width, frozen_bn_eps, trainable_layers)
    regions = RegionSettings(pooling, 7, 14, 2, score_threshold, nms_iou, max_detections)
    maps: PyramidBackbone | SingleMapBackbone
    if stage is None:
        maps, heads = _pyramid_parts(body, width, num_classes, has_masks, regions)
    else:
        maps, heads = _c4_parts(body, stage, num_classes, has_masks, regions)
    proposals = _proposal_settings(num_proposals, num_training_proposals, is_c4=stage is not None)
    anchors = AnchorGenerator(picture_anchors(_sizes_by_map(body, anchor_sizes), anchor_ratios))
    if num_training_regions is not None:
        heads.settings = replace(heads.settings, sampler=BalancedSampler(num_training_regions, OBJECT_SHARE))
    rpn = RegionProposalNetwork(maps.out_channels, anchors, proposals)
    return RegionCnn(maps, rpn, heads, BatchTransform(body.mean, body.std, _min_sizes(min_size), max_size), num_classes)


def _min_sizes(given: int | Sequence[int] | None) -> tuple[int, ...]:
    return (given,) if isinstance(given, int) else tuple(given or ())


def _body(name: str, width: float, frozen_bn_eps: float | None, num_learning: int) -> tuple[Any, nn.Module | None]:
    """Return a body, and of a C4 body its last stage."""
    body = _BODIES[name](width=width)
    if frozen_bn_eps is not None:
        freeze_batch_norms(body, frozen_bn_eps)
    stage = body.take_last_stage() if isinstance(body, ResNetC4Body) else None
    keep_from_learning(body, num_learning)
    return body, stage


def _sizes_by_map(body: Any, sizes: Sequence[float]) -> tuple[tuple[float, ...], ...]:
    """Return the sizes of the anchors on each map."""
    if isinstance(body, ResNetC4Body):
        return (tuple(sizes),)
    num_maps = len(body.map_channels) + 1
    if len(sizes) != num_maps:
        raise ValueError(f"anchor_sizes must be {num_maps}, one for each map, got {tuple(sizes)}")
    return tuple((size,) for size in sizes)


def _proposal_settings(num_proposals: int | None, num_training: int, *, is_c4: bool) -> ProposalSettings:
    """One map has to give all the proposals of a C4 network: more of its anchors are looked at."""
    if is_c4:
        return ProposalSettings(6000, num_proposals or 300, num_before_nms_training=12000)
    count = num_proposals or 1000
    return ProposalSettings(max(count, 1000), count, num_training, num_training)


def _pyramid_parts(
    body: Any, width: float, num_classes: int, has_masks: bool, settings: RegionSettings
) -> tuple[PyramidBackbone, RegionHeads]:
    channels, features, masks = (scaled_channels(n, width) for n in (PYRAMID_CHANNELS, BOX_FEATURES, MASK_CHANNELS))
    heads = RegionHeads(
        TwoLayerHead(channels * settings.box_bins**2, features),
        BoxPredictor(features, num_classes),
        mask_head(channels) if has_masks else None,
        MaskPredictor(channels, masks, num_classes) if has_masks else None,
        settings,
    )
    return PyramidBackbone(body, channels), heads


def _c4_parts(
    body: Any, stage: nn.Module, num_classes: int, has_masks: bool, settings: RegionSettings
) -> tuple[SingleMapBackbone, RegionHeads]:
    """The last stage of the ResNet sees each region; classes, boxes and masks read what it sees."""
    num_features = next(layer.out_channels for layer in reversed(list(stage.modules())) if isinstance(layer, nn.Conv2d))
    heads = RegionHeads(
        StageHead(stage, num_features),
        BoxPredictor(num_features, num_classes),
        None,
        MaskPredictor(num_features, MASK_CHANNELS, num_classes) if has_masks else None,
        replace(settings, box_bins=14, sampler=BalancedSampler(64, OBJECT_SHARE)),
    )
    return SingleMapBackbone(body), heads
