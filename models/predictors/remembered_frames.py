"""The frames that overlapping clips share: a CNN looks at each of them once."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from models.predictors.frame_memory import FrameMemory
from models.runtime.ready import ReadyNetwork
from models.samples import Clip
from models.transforms import normalise_frames


@dataclass(frozen=True, eq=False)
class KeyedFrames:
    """Frames of a clip as the CNN's transforms left them, before the range is set."""

    frames: np.ndarray
    """uint8 RGB, (T, H, W, 3)."""
    keys: Sequence[Hashable]
    """Under which the features of each frame are remembered."""


class FrameFeatures:
    """The features of single frames, worked out for those that were not seen before.

    Args:
        look: The CNN, (N, 3, H, W) to (N, num_features).
        memory_bytes: How many features are kept for the clips that overlap.
        normalise: Maps uint8 frames (T, H, W, 3) to what the CNN reads, (T, 3, H, W), float32.
    """

    def __init__(
        self,
        look: ReadyNetwork,
        *,
        memory_bytes: int,
        normalise: Callable[[np.ndarray], np.ndarray] = normalise_frames,
    ) -> None:
        self._look = look
        self._normalise = normalise
        self._memory: FrameMemory[np.ndarray] = FrameMemory(memory_bytes)

    def of(self, clips: Sequence[KeyedFrames]) -> Tensor:
        """Return the features of clips of equal length, (N, T, num_features); a frame in several is seen once."""
        frames = {key: frame for clip in clips for key, frame in zip(clip.keys, clip.frames, strict=True)}
        keys = list(frames)

        def look_at(unseen: Sequence[int]) -> list[np.ndarray]:
            shown = self._normalise(np.stack([frames[keys[index]] for index in unseen]))
            return [row.copy() for row in self._look(torch.from_numpy(shown)).numpy()]

        features = dict(zip(keys, self._memory.complete(keys, look_at), strict=True))
        return torch.from_numpy(np.stack([np.stack([features[key] for key in clip.keys]) for clip in clips]))


def frame_keys(clip: Clip) -> list[Hashable]:
    """Return under what work on each frame may be remembered; a frame without identity gets a key of its own."""
    ids: Sequence[Hashable] = clip.frame_ids or [object() for _ in range(clip.num_frames)]
    return [(clip.source_id, frame_id, clip.frames.shape[1:]) for frame_id in ids]


def pair_keys(clip: Clip) -> list[Hashable | None]:
    """Return under what the flow of each pair of neighbours may be remembered; None where frames have no identity."""
    if not clip.frame_ids:
        return [None] * (clip.num_frames - 1)
    size = clip.frames.shape[1:]
    return [(clip.source_id, clip.frame_ids[start : start + 2], size) for start in range(clip.num_frames - 1)]
