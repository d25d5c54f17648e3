"""Scores the activity in a clip with a CNN that looks at each frame once and an LSTM that remembers."""

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor

from models.predictor import ClipSpec, ModelCard
from models.predictors.answering import answer_clips
from models.predictors.clip_classifier import require_clip, require_clip_spec
from models.predictors.remembered_frames import FrameFeatures, KeyedFrames, frame_keys
from models.results import Result
from models.runtime.ready import ReadyNetwork
from models.samples import Clip, Sample
from models.transforms import crop_centre, normalise_frames, resize_short_side

GROUP_SIZE = 8
"""Frames that the CNN looks at together."""
FEATURE_MEMORY_BYTES = 32 * 2**20
"""6,500 frames: 20 minutes of one camera at 5 frames a second."""


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
        self._features = FrameFeatures(look, memory_bytes=memory_bytes, normalise=normalise)
        self._remember = remember
        self._input_size = input_size

    def prepare(self, sample: Sample) -> KeyedFrames:
        clip = require_clip(sample, self.clip_spec, self.name)
        frames = resize_short_side(clip.frames, self._short_side)
        return KeyedFrames(crop_centre(frames, self._input_size), frame_keys(clip))

    @torch.inference_mode()
    def predict(self, prepared: Sequence[KeyedFrames]) -> list[Result]:
        if not prepared:
            return []
        features = self._features.of(prepared)  # (N, T, 1280)
        return answer_clips(self._remember(features)[:, -1], self.card)
