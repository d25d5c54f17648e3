"""How pictures and volumes become what detectors read."""

import numpy as np
import torch
from torch import Tensor


def to_picture(pixels: np.ndarray) -> Tensor:
    """Map uint8 (H, W, C), or float32 in 0..1, with D before H of volumes, to float32 (C, H, W) in 0..1."""
    shades = torch.from_numpy(np.array(np.moveaxis(pixels, -1, 0), order="C"))
    return shades.float() / 255 if pixels.dtype == np.uint8 else shades.float()
