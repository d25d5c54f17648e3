"""Faster R-CNN and Mask R-CNN for volumes: a ResNet-18 inflated into depth, and everything else with three axes.

Ours: no network of this kind is published with weights. The parts are those for pictures (anchors, pyramid, proposals,
RoIAlign, NMS, heads); only the numbers differ, since volumes are small and their regions large.
"""

from collections.abc import Sequence
from typing import Any

from models.detection.anchors import AnchorGenerator, cube_anchors
from models.detection.pyramid_pooling import CANONICAL_SIDE
from models.detection.sampler import BalancedSampler
from models.inflation import inflate
from models.networks.rcnn.batches import BatchTransform
from models.networks.rcnn.bodies import ResNetBody
from models.networks.rcnn.building import ANCHOR_SIZES, BOX_FEATURES, MASK_CHANNELS, PYRAMID_CHANNELS
from models.networks.rcnn.heads import BoxPredictor, MaskPredictor, TwoLayerHead, mask_head
from models.networks.rcnn.network import RegionCnn
from models.networks.rcnn.proposals import ProposalSettings, RegionProposalNetwork
from models.networks.rcnn.pyramid import PyramidBackbone
from models.networks.rcnn.regions import RegionHeads, RegionSettings
from models.networks.width import require_sizes, scaled_channels

BODY_DEPTH = 18
BOX_BINS = 5
MASK_BINS = 8
"""Masks are twice as fine: 16 x 16 x 16."""
NUM_TRAINING_REGIONS = 64


def build_volume_rcnn(
    has_masks: bool,
    *,
    num_classes: int = 2,
    in_channels: int = 1,
    anchor_sizes: Sequence[float] = (8, 16, 32, 64, 128),
    depth_ratios: Sequence[float] = (1.0,),
    score_threshold: float = 0.05,
    nms_iou: float = 0.3,
    max_detections: int = 100,
    num_proposals: int = 200,
    width: float = 0.25,
) -> RegionCnn:
    """Make a network that finds objects in volumes (in_channels, D, H, W), which keep their size.

    Args:
        has_masks: Whether every object gets a mask.
        num_classes: With the background.
        in_channels: Channels of a volume, in about -1..1.
        anchor_sizes: Side of an anchor on each map, finest first, voxels.
        depth_ratios: Depths of anchors divided by their widths; below 1 where slices lie far apart.
        score_threshold: Objects with a lower score are not reported.
        nms_iou: Objects of one class that overlap a better one by more are not reported.
        max_detections: Objects of a volume that are reported at most.
        num_proposals: Places of a volume to look closer at.
        width: Multiplies the channels of every layer, of which ResNet-18 and its pyramid have 64 to 512 at 1.

    Raises:
        ValueError: an option is out of range.
    """
    require_sizes(num_classes - 1, in_channels, width)
    body: Any = inflate(ResNetBody(BODY_DEPTH, in_channels, width=width))
    if len(anchor_sizes) != len(body.map_channels) + 1:
        raise ValueError(f"anchor_sizes must be {len(body.map_channels) + 1}, one for each map, got {anchor_sizes}")
    channels, features, masks = (scaled_channels(n, width) for n in (PYRAMID_CHANNELS, BOX_FEATURES, MASK_CHANNELS))
    anchors = AnchorGenerator(cube_anchors([(size,) for size in anchor_sizes], depth_ratios))
    settings = RegionSettings(
        box_bins=BOX_BINS,
        mask_bins=MASK_BINS,
        score_threshold=score_threshold,
        nms_iou=nms_iou,
        max_detections=max_detections,
        canonical_side=CANONICAL_SIDE * anchor_sizes[0] / ANCHOR_SIZES[0],
        sampler=BalancedSampler(NUM_TRAINING_REGIONS, 0.25),
    )
    heads = RegionHeads(
        TwoLayerHead(channels * BOX_BINS**3, features),
        BoxPredictor(features, num_classes, num_axes=3),
        mask_head(channels, num_axes=3) if has_masks else None,
        MaskPredictor(channels, masks, num_classes, num_axes=3) if has_masks else None,
        settings,
    )
    proposals = ProposalSettings(1000, num_proposals, 1000, 2 * num_proposals)
    rpn = RegionProposalNetwork(channels, anchors, proposals, num_axes=3)
    transform = BatchTransform((0.0,) * in_channels, (1.0,) * in_channels)
    return RegionCnn(PyramidBackbone(body, channels, num_axes=3), rpn, heads, transform, num_classes)
