"""Says of a nodule whether it is perifissural, from features of three views: first each view, then all together.

Source: Ciompi et al., Medical Image Analysis 26:195, 2015: features of a CNN trained on ImageNet, one classifier a
view, and a second stage over what they say. Their CNN was OverFeat; EfficientNet-Lite0 stands in for it, and both
stages are logistic.
"""

import torch
from torch import Tensor, nn

from models.networks.frame_features import EFFICIENTNET_LITE0_FEATURES
from models.nodules.views import VIEWS


class PfnViews(nn.Module):
    """Both stages, on features that are brought to mean 0 and deviation 1.

    Args:
        num_features: Of a view.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(self, num_features: int = EFFICIENTNET_LITE0_FEATURES) -> None:
        super().__init__()
        self.num_features = num_features
        self.register_buffer("mean", torch.zeros(len(VIEWS), num_features))
        self.register_buffer("deviation", torch.ones(len(VIEWS), num_features))
        self.views = nn.ModuleList(nn.Linear(num_features, 1) for _ in VIEWS)
        self.together = nn.Linear(len(VIEWS), 1)

    def forward(self, features: Tensor) -> Tensor:
        """Return logits that a nodule is perifissural.

        Args:
            features: (N, 3, K): of the axial, the coronal and the sagittal view.

        Returns:
            (N, 4), float32: of each view by itself, and of all together.
        """
        standard = (features - self.mean) / self.deviation  # (N, 3, K)
        alone = torch.cat([view(standard[:, index]) for index, view in enumerate(self.views)], 1)  # (N, 3)
        return torch.cat([alone, self.together(alone)], 1).to(torch.float32)  # (N, 4)
