"""Does this I3D give the logits of the published implementation? Weights and input are numbers that anyone can make.

Source: logits of github.com/piergiaj/pytorch-i3d (Apache-2.0), commit 05783d1, InceptionI3d(400, in_channels=3) in
eval mode, float32, torch 2.13 on a CPU, for the weights and the input that `seeded` makes.
"""

import torch
from torch import nn

from models.benchmarks.seeded import seeded_tensor, seeded_weights

INPUT_NAME = "i3d_rgb_1x3x16x224x224"
INPUT_SHAPE = (1, 3, 16, 224, 224)
FIRST_LOGITS = (
    *(2.488781452178955, 4.7302727699279785, -1.1962271928787231, -2.6698031425476074, 1.7284399271011353),
    *(-0.37383216619491577, -0.5180864930152893, 3.149172782897949, 3.493454933166504, -2.3170738220214844),
)
LAST_LOGITS = (-0.9516651034355164, 2.596101999282837, -2.1827783584594727)
NORM = 33.85536112128384

TOLERANCE = 1e-4
"""Relative to the mean size of the logits: what the order of float32 sums makes of 57 layers."""
MEAN_SIZE = 1.3438763027545064


def fill_as_reference(network: nn.Module) -> None:
    """Give an I3D the weights for which the reference's logits are known."""
    network.load_state_dict(seeded_weights(network.state_dict()))


@torch.inference_mode()
def parity_error(network: nn.Module) -> float:
    """Return how far the network is from the reference, relative to the mean size of its logits.

    Args:
        network: Filled by `fill_as_reference`, in eval mode.
    """
    clip = seeded_tensor(INPUT_NAME, INPUT_SHAPE) * 2 - 1
    logits = network(clip)[0].double()
    known = torch.cat([logits[: len(FIRST_LOGITS)], logits[-len(LAST_LOGITS) :]])
    expected = torch.tensor([*FIRST_LOGITS, *LAST_LOGITS], dtype=torch.float64)
    error = float((known - expected).abs().max()) / MEAN_SIZE
    return max(error, abs(float(logits.norm()) - NORM) / NORM)
