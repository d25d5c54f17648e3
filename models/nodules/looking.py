"""What a CNN trained on ImageNet says of the views of nodules."""

import numpy as np
import torch

from models.networks.frame_features import EfficientNetLite0Features
from models.transforms import normalise_frames

_AT_ONCE = 16


class ViewLooker:
    """EfficientNet-Lite0 with its ImageNet weights, on each view copied to three channels."""

    def __init__(self) -> None:
        self._cnn = EfficientNetLite0Features().eval()

    @torch.inference_mode()
    def look(self, views: np.ndarray) -> np.ndarray:
        """Return the features of views, uint8 (N, 3, SIDE, SIDE), one set a view: float32, (N, 3, 1280)."""
        pictures = views.reshape(-1, *views.shape[2:])
        rows = [np.zeros((0, self._cnn.num_features), np.float32)]
        for start in range(0, len(pictures), _AT_ONCE):
            group = np.repeat(pictures[start : start + _AT_ONCE, ..., None], 3, axis=-1)
            rows.append(self._cnn(torch.from_numpy(normalise_frames(group))).numpy())
        return np.asarray(np.concatenate(rows).reshape(len(views), views.shape[1], -1))
