"""A small 3D CNN that tells nodules from everything else that is round in a lung, and how large they are.

Source: Huang et al., "Lung nodule detection in CT using 3D convolutional neural networks", ISBI 2017; the layers are
our reconstruction, since the paper's table was not available: three stages of 3 x 3 x 3 convolutions, each followed by
a pooling that halves the cube, then two fully connected layers with dropout.
"""

import torch
from torch import Tensor, nn

from models.nodules.cubes import SIDE

_STAGES = 3
_DENSE = 64


class NoduleNet(nn.Module):
    """Looks at one cube of a lung.

    Args:
        channels: Of the first stage; each further one has twice as many.
        dropout: Share of the features that are withheld in training.
    """

    def __init__(self, channels: int = 16, dropout: float = 0.3) -> None:
        super().__init__()
        if channels < 1 or not 0 <= dropout < 1:
            raise ValueError(f"channels must be at least 1 and dropout in 0..1, got {channels} and {dropout}")
        widths = [channels * 2**index for index in range(_STAGES)]
        stages = [_stage(before, after) for before, after in zip([1, *widths], widths, strict=False)]
        self.features = nn.Sequential(*(layer for stage in stages for layer in stage))
        num_features = widths[-1] * (SIDE // 2**_STAGES) ** 3
        self.dense = nn.Sequential(
            nn.Dropout(dropout), nn.Linear(num_features, _DENSE), nn.ReLU(), nn.Dropout(dropout), nn.Linear(_DENSE, 2)
        )

    def forward(self, cubes: Tensor) -> Tensor:
        """Return what cubes hold.

        Args:
            cubes: (N, 1, 24, 24, 24), 0 for air to 1 for tissue.

        Returns:
            (N, 2), float32: the logit that a nodule lies in the middle, and the logarithm of its diameter in mm.
        """
        features = self.features(cubes)  # (N, C, 3, 3, 3)
        answers: Tensor = self.dense(features.flatten(1))  # (N, 2)
        return answers.to(torch.float32)


def _stage(before: int, after: int) -> list[nn.Module]:
    return [
        nn.Conv3d(before, after, 3, padding=1, bias=False),
        nn.BatchNorm3d(after),
        nn.ReLU(),
        nn.Conv3d(after, after, 3, padding=1, bias=False),
        nn.BatchNorm3d(after),
        nn.ReLU(),
        nn.MaxPool3d(2),
    ]
