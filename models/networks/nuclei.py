"""The two networks of the system `nuclei`: one that finds nuclei, one that knows their borders.

Source: Hollandi et al., "nucleAIzer", Cell Systems 10:453, 2020: a Mask R-CNN and U-Nets. Differences: both are small
(a ResNet-18 of a fifth of its width under the pyramid, a U-Net of an eighth), and the U-Net tells the rim of nuclei
from their inside, so that it can also separate what touches.
"""

from collections.abc import Sequence

from torch import nn

from models.networks.rcnn.building import build_rcnn
from models.networks.unet2d import UNet2D

GROUND, INSIDE, RIM = 0, 1, 2
"""What the U-Net knows of pixels."""


class NucleiNet(nn.Module):
    """Holds both networks; each is run by itself.

    Args:
        num_classes: With the background; there are nuclei only.
        finder_width: Of the Mask R-CNN's channels, 1 are the published ones.
        outliner_width: Of the U-Net's.
        anchor_sizes: Of the Mask R-CNN, pixels of pictures at the normal scale.
        num_proposals: Places of a picture to look closer at.
        num_training_regions: Places of a picture to learn from.
        max_detections: Nuclei of a tile at most.
    """

    def __init__(
        self,
        num_classes: int = 2,
        *,
        finder_width: float = 0.2,
        outliner_width: float = 0.125,
        anchor_sizes: Sequence[float] = (12, 24, 48, 96, 192),
        num_proposals: int = 400,
        num_training_regions: int = 128,
        max_detections: int = 400,
    ) -> None:
        super().__init__()
        self.num_classes = num_classes
        self.finder = build_rcnn(
            "resnet18_fpn",
            True,
            num_classes=num_classes,
            min_size=None,
            frozen_bn_eps=None,
            trainable_layers=5,
            anchor_sizes=anchor_sizes,
            score_threshold=0.2,
            nms_iou=0.4,
            max_detections=max_detections,
            num_proposals=num_proposals,
            num_training_regions=num_training_regions,
            width=finder_width,
        )
        self.outliner = UNet2D(3, 3, width=outliner_width)
