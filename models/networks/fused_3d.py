"""The 3D-fused two-stream network: Inception-v1 on frames, another on flow, joined by convolutions in space and time.

Source: Carreira & Zisserman, "Quo Vadis, Action Recognition?", CVPR 2017, arXiv:1705.07750, section 2.3: five RGB
frames ten apart and the flow at each; the grids before the last average pool go through a 3x3x3 convolution with 512
outputs, a 3x3x3 max pool and a fully connected layer; new layers start Gaussian. What the paper leaves open is ours:
the grids are joined channel by channel (which gives its 39 million parameters), the pool steps by 3, and what it leaves
is averaged, so that any number and size of frames fits. No weights of it were published.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models.networks.inception_v1 import InceptionV1
from models.networks.width import scaled_channels

FUSED_CHANNELS = 512
POOL_SIZE = 3
FIRST_DEVIATION = 0.01


class Fused3D(nn.Module):
    """Scores the action in a few frames and the motion around them.

    Args:
        num_classes: Number of logits.
        flow_channels: Channels of flow at each frame: 2 x 10 for ten fields.
        width: Multiplies every layer's number of channels, rounded to a multiple of 8; 1 is the published network.
        dropout: Share of the fused features dropped in training.
    """

    def __init__(
        self, num_classes: int = 400, *, flow_channels: int = 20, width: float = 1.0, dropout: float = 0.5
    ) -> None:
        super().__init__()
        if num_classes < 1 or flow_channels < 1:
            raise ValueError(f"num_classes and flow_channels must be at least 1, got {num_classes}, {flow_channels}")
        self.num_classes = num_classes
        self.in_channels = 3 + flow_channels
        self.rgb = _tower(3, width)
        self.flow = _tower(flow_channels, width)
        fused = scaled_channels(FUSED_CHANNELS, width)
        self.fusion = nn.Conv3d(self.rgb.num_features + self.flow.num_features, fused, kernel_size=3, padding=1)
        self.dropout = nn.Dropout(dropout)
        self.fc = nn.Linear(fused, num_classes)
        for layer in (self.fusion, self.fc):
            nn.init.normal_(layer.weight, std=FIRST_DEVIATION)

    def forward(self, clips: Tensor) -> Tensor:
        """Return one row of logits a clip.

        Args:
            clips: (N, 3 + flow_channels, T, H, W): RGB in [-1, 1], then the flow around each frame.

        Returns:
            (N, num_classes), float32.
        """
        frames = clips.transpose(1, 2)  # (N, T, 3 + F, H, W)
        grids = torch.cat([self._grids(self.rgb, frames[:, :, :3]), self._grids(self.flow, frames[:, :, 3:])], dim=1)
        x = F.relu(self.fusion(grids))  # (N, 512, T, H/32, W/32)
        window = [min(size, POOL_SIZE) for size in x.shape[2:]]
        x = F.max_pool3d(x, window, stride=window)  # (N, 512, T/3, H/96, W/96)
        return self.fc(self.dropout(x.flatten(2).mean(2))).float()  # type: ignore[no-any-return]

    def _grids(self, tower: InceptionV1, frames: Tensor) -> Tensor:
        """Return what a tower sees in (N, T, C, H, W), as (N, 1024, T, H/32, W/32)."""
        grids = tower.features(frames.flatten(0, 1))  # (N * T, 1024, H/32, W/32)
        return grids.reshape(*frames.shape[:2], *grids.shape[1:]).transpose(1, 2)


def _tower(in_channels: int, width: float) -> InceptionV1:
    tower = InceptionV1(in_channels=in_channels, width=width)
    del tower.logits, tower.dropout, tower.avg_pool
    return tower
