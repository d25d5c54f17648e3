"""What the published R(2+1)D-18, R3D-18 and MC3-18 see of a clip.

Source: the presets of torchvision for its Kinetics-400 weights (github.com/pytorch/vision, BSD-3-Clause): frames are
resized to 128 x 171 whatever their aspect, the central 112 x 112 is kept, then the mean is taken off and the deviation
divided out. It differs: frames may reach the model smaller than they were filmed, and were then averaged over areas.
"""

from collections.abc import Sequence

import numpy as np
from torch import Tensor

from models.predictors.streams import run_by_shape
from models.runtime.ready import ReadyNetwork
from models.samples import Clip
from models.transforms import resize_exactly, standardise_clip

RESIZED = (128, 171)
"""Height and width before the crop."""
MEAN = (0.43216, 0.394666, 0.37645)
"""Of red, green and blue in 0..1 over Kinetics-400."""
DEVIATION = (0.22803, 0.22145, 0.216989)


class KineticsStream:
    """A network on RGB frames as torchvision prepares those of Kinetics.

    Args:
        network: Maps (N, 3, T, H, W) to (N, num_classes).
        input_size: Height and width of the central crop.
    """

    def __init__(self, network: ReadyNetwork, *, input_size: tuple[int, int]) -> None:
        self._network = network
        self._input_size = input_size

    def prepare(self, clip: Clip) -> np.ndarray:
        frames = resize_exactly(clip.frames, RESIZED)
        height, width = self._input_size
        # As torchvision rounds: 29.5 pixels to the left of 112 are 30.
        top, left = round((RESIZED[0] - height) / 2), round((RESIZED[1] - width) / 2)
        return standardise_clip(frames[:, top : top + height, left : left + width], MEAN, DEVIATION)

    def logits(self, inputs: Sequence[np.ndarray]) -> Tensor:
        return run_by_shape(self._network, inputs)
