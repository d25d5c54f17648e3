"""One stream of the two-stream network, on a ResNet: the spatial one sees a frame, the temporal one a stack of flow.

Source: Simonyan & Zisserman, "Two-Stream Convolutional Networks for Action Recognition in Videos", NIPS 2014,
arXiv:1406.2199, on ResNets as in github.com/jeffreyyihuang/two-stream-action-recognition (MIT), whose names for the two
ends, `conv1_custom` and `fc_custom`, are taken when weights are loaded. It differs: frames may have any size.
"""

from torch import Tensor, nn

from models.networks.resnet import ResNet

STACKED_FLOWS = 10
"""Fields of flow in a stack (L), each with an x and a y."""
AVERAGE_POOL_SIZE = 7


class TwoStreamResNet(ResNet):
    """Scores a frame (`in_channels=3`), or the motion in a stack of flow (`in_channels=20`).

    Args:
        depth: 18, 50 or 101.
        num_classes: Number of logits; 101 are those of UCF-101.
        in_channels: 3 for the spatial stream, 2 x 10 for the temporal one.
        width: Multiplies every layer's number of channels, rounded to a multiple of 8; 1 is the published network.
    """

    def __init__(self, depth: int, num_classes: int = 101, in_channels: int = 3, *, width: float = 1.0) -> None:
        super().__init__(depth, num_classes, in_channels, width=width)
        self.avgpool = WindowPool(AVERAGE_POOL_SIZE)


class WindowPool(nn.Module):
    """Averages the first 7 x 7 places, all that frames of 224 x 224 leave; of smaller frames, all places.

    The published network pools larger frames so as well: it never sees what lies to the right of the first window, or
    below it.
    """

    def __init__(self, size: int) -> None:
        super().__init__()
        self.size = size

    def forward(self, x: Tensor) -> Tensor:
        window = x[..., : self.size, : self.size]
        return window.flatten(2).mean(2)[..., None, None]  # (N, C, 1, 1)
