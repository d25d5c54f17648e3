"""Two-stream I3D: one on RGB, one on optical flow, whose logits are summed.

Source: Carreira & Zisserman, "Quo Vadis, Action Recognition?", CVPR 2017, arXiv:1705.07750, section 2.4. The streams
are trained apart, so the weights are those of `i3d_rgb` under `rgb.` and those of `i3d_flow` under `flow.`.
"""

from torch import Tensor, nn

from models.networks.i3d import I3D


class TwoStreamI3D(nn.Module):
    """Scores the action in a clip of RGB frames and the flow at each.

    Args:
        num_classes: Number of logits.
        width: Of both streams, as in `I3D`.
        dropout: Share of the pooled features dropped in training.
    """

    def __init__(self, num_classes: int = 400, *, width: float = 1.0, dropout: float = 0.5) -> None:
        super().__init__()
        self.num_classes = num_classes
        self.in_channels = 5
        self.rgb = I3D(num_classes, 3, width=width, dropout=dropout)
        self.flow = I3D(num_classes, 2, width=width, dropout=dropout)

    def forward(self, clips: Tensor) -> Tensor:
        """Return the sum of the two streams' logits, (N, num_classes), float32.

        Args:
            clips: (N, 5, T, H, W) in [-1, 1]: red, green and blue, then the x and the y of flow.
        """
        return self.rgb(clips[:, :3]) + self.flow(clips[:, 3:])  # type: ignore[no-any-return]
