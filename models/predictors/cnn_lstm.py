"""Scores the activity in a clip with a CNN that looks at each frame once and an LSTM that remembers."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from models.frame_memory import FrameMemory
from models.predictor import ClipSpec, ModelCard
from models.predictors.answering import answer_clips
from models.predictors.clip_classifier import require_clip, require_clip_spec
from models.results import Result
from models.runtime.ready import ReadyNetwork
from models.samples import Clip, Sample
from models.transforms import crop_centre, normalise_frames, resize_short_side

GROUP_SIZE = 8
"""Frames that the CNN looks at together."""
FEATURE_MEMORY_BYTES = 32 * 2**20
"""6,500 frames: 20 minutes of one camera at 5 frames a second."""


@dataclass(frozen=True, eq=False)
class PreparedFrames:
    """The frames of a clip as the CNN's transforms left them, before the range is set."""

    frames: np.ndarray
    """uint8 RGB, (T, H, W, 3), cropped."""
    keys: tuple[Hashable, ...]
    """Under which the features of each frame are remembered."""


class CnnLstmClassifier:
    """Looks at the frames that it has not seen, then runs the LSTM over the features of all.

    Args:
        card: Its `clip_spec` and `labels` are what this predictor goes by.
        look: The CNN, (N, 3, H, W) to (N, 1280).
        remember: The LSTM with its classifier, (N, T, 1280) to logits at each step, (N, T, num_classes).
        input_size: Height and width of the central crop.
        max_batch_size: Clips worth handing over together.
        normalise: Maps uint8 frames (T, H, W, 3) to what the CNN reads, (T, 3, H, W), float32.
        memory_bytes: How many features are kept for the clips that overlap.
    """

    accepts: type[Sample] = Clip

    def __init__(
        self,
        card: ModelCard,
        *,
        look: ReadyNetwork,
        remember: Callable[[Tensor], Tensor],
        input_size: tuple[int, int],
        max_batch_size: int,
        normalise: Callable[[np.ndarray], np.ndarray] = normalise_frames,
        memory_bytes: int = FEATURE_MEMORY_BYTES,
    ) -> None:
        spec = require_clip_spec(card)
        self.name = card.name
        self.card = card
        self.clip_spec: ClipSpec | None = spec
        self._short_side = spec.short_side
        self.max_batch_size = max_batch_size
        self._look = look
        self._remember = remember
        self._input_size = input_size
        self._normalise = normalise
        self._memory: FrameMemory[np.ndarray] = FrameMemory(memory_bytes)

    def prepare(self, sample: Sample) -> PreparedFrames:
        clip = require_clip(sample, self.clip_spec, self.name)
        frames = resize_short_side(clip.frames, self._short_side)
        # Frames without identity get one that nobody else can have.
        ids = clip.frame_ids or [(_Anonymous(), index) for index in range(clip.num_frames)]
        keys = tuple((clip.source_id, frame_id, clip.frames.shape[1:]) for frame_id in ids)
        return PreparedFrames(crop_centre(frames, self._input_size), keys)

    @torch.inference_mode()
    def predict(self, prepared: Sequence[PreparedFrames]) -> list[Result]:
        if not prepared:
            return []
        features = self._features_of_frames(prepared)
        clips = np.stack([np.stack([features[key] for key in clip.keys]) for clip in prepared])  # (N, T, 1280)
        return answer_clips(self._remember(torch.from_numpy(clips))[:, -1], self.card)

    def _features_of_frames(self, prepared: Sequence[PreparedFrames]) -> dict[Hashable, np.ndarray]:
        """Return the features of every frame by its key: remembered, or looked at now, each frame once."""
        features: dict[Hashable, np.ndarray] = {}
        unseen: dict[Hashable, np.ndarray] = {}
        for clip in prepared:
            for key, frame in zip(clip.keys, clip.frames, strict=True):
                remembered = self._memory.recall(key)
                if remembered is None:
                    unseen[key] = frame
                else:
                    features[key] = remembered
        if unseen:
            frames = torch.from_numpy(self._normalise(np.stack(list(unseen.values()))))
            for key, row in zip(unseen, self._look(frames).numpy(), strict=True):
                features[key] = row.copy()
                self._memory.remember(key, features[key])
        return features


class _Anonymous:
    """Stands for a clip whose frames have no identity; equal to nothing but itself."""
