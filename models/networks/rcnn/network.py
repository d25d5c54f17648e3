"""Faster R-CNN and Mask R-CNN: finds the objects of a picture or volume in two looks.

Source: Ren et al., "Faster R-CNN", NIPS 2015, arXiv:1506.01497, and He et al., "Mask R-CNN", ICCV 2017,
arXiv:1703.06870; as torchvision has them (github.com/pytorch/vision, BSD-3-Clause), whose checkpoints load.
"""

from collections.abc import Mapping, Sequence

from torch import Tensor, nn

from models.networks.rcnn.batches import BatchTransform, Instances
from models.networks.rcnn.proposals import RegionProposalNetwork
from models.networks.rcnn.regions import RegionHeads


class RegionCnn(nn.Module):
    """Finds objects in pictures of any size.

    Args:
        backbone: Gives the feature maps of a batch.
        rpn: Says where to look closer.
        roi_heads: Says what is there.
        transform: Makes a batch of pictures.
        num_classes: With the background, which is 0.
    """

    def __init__(
        self,
        backbone: nn.Module,
        rpn: RegionProposalNetwork,
        roi_heads: RegionHeads,
        transform: BatchTransform,
        num_classes: int,
    ) -> None:
        super().__init__()
        self.transform = transform
        self.backbone = backbone
        self.rpn = rpn
        self.roi_heads = roi_heads
        self.num_classes = num_classes

    def forward(self, pictures: Sequence[Tensor]) -> list[Instances]:
        """Return the objects of each picture, best first.

        Args:
            pictures: (3, H, W) each, RGB in 0..1, of any size; volumes (C, D, H, W).

        Returns:
            For each picture `boxes` (N, 4) float32, x1, y1, x2, y2 in its pixels; `labels` (N,) int64, from 1 on;
            `scores` (N,) in 0..1, falling; of a network with masks `masks` (N, 1, H, W), probabilities in 0..1.

        Raises:
            ValueError: there is no picture, or one has other channels or no pixels.
        """
        batch = self.transform.batch(pictures)
        maps = self.backbone(batch.pixels)
        proposals, _ = self.rpn(maps, batch)
        return self.transform.restored(self.roi_heads(maps, proposals, batch), batch)

    def losses(self, pictures: Sequence[Tensor], targets: Sequence[Mapping[str, Tensor]]) -> dict[str, Tensor]:
        """Return what to lower in training: the sum of `loss_objectness`, `loss_rpn_box_reg`, `loss_classifier`,
        `loss_box_reg` and, of a network with masks, `loss_mask`.

        Args:
            pictures: As `forward` takes them.
            targets: For each picture `boxes` (N, 4), `labels` (N,) from 1 on, and `masks` (N, H, W) for a network with
                masks; there may be none.

        Raises:
            ValueError: as `forward`; or targets are missing, or a box has no extent.
        """
        batch = self.transform.batch(pictures, is_training=self.training)
        scaled = self.transform.targets(targets, batch)
        maps = self.backbone(batch.pixels)
        proposals, losses = self.rpn(maps, batch, scaled)
        return losses | self.roi_heads.losses(maps, proposals, batch, scaled)  # type: ignore[no-any-return]
