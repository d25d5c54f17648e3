"""What a network of video says of every slice of it, as a streamed model is trained and measured."""

from torch import Tensor, nn

from models.networks.i3d import I3D


class SliceLogits(nn.Module):
    """An I3D that answers for each slice of 8 frames instead of once a clip; its weights are the network's own.

    Slice k speaks of the frames from 8 k to 8 k + 16, as the slices of `models.runtime.video_stream` do, with which it
    agrees.
    """

    def __init__(self, network: I3D) -> None:
        super().__init__()
        self.network = network

    def forward(self, videos: Tensor) -> Tensor:
        """Map videos (N, in_channels, T, H, W) in [-1, 1], T a multiple of 8, to logits (N, num_classes, T / 8 - 1)."""
        return self.network.logits_grid(videos).float().mean((3, 4))
