"""Tells falls: flow between frames and the features of single frames are worked out once, then the memory runs."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from torch import Tensor

from models.falls.description import describe
from models.falls.motion import CLIP_FRAMES, Fields, find_region, motion_within, reduce_greys, reduced_flow
from models.frame_memory import FrameMemory
from models.networks.falls import FRAMES_PER_LOOK
from models.predictor import ClipSpec, ModelCard
from models.predictors.answering import answer_clips
from models.predictors.clip_classifier import require_clip
from models.predictors.streams import pair_keys
from models.results import Result
from models.runtime.ready import ReadyNetwork
from models.samples import Clip, Sample
from models.transforms import normalise_frames, resize_exactly, resize_short_side

LOOK_SIZE = (80, 112)
"""Height and width at which the CNN sees a frame, whatever its aspect."""
FLOW_MEMORY_BYTES = 64 * 2**20
"""2,800 pairs: a hundred cameras whose clips overlap."""
LOOK_MEMORY_BYTES = 16 * 2**20

Remember = Callable[[Tensor, Tensor, Tensor], Tensor]


@dataclass(frozen=True, eq=False)
class PreparedFalls:
    """A clip, described."""

    numbers: np.ndarray
    """From `models.falls.description.describe`, (T, NUM_NUMBERS)."""
    frames: np.ndarray
    """Those at which the CNN looks, uint8 RGB, (L, *LOOK_SIZE, 3)."""
    keys: tuple[Hashable, ...]
    """Under which their features are remembered."""


class FallPredictor:
    """Says of each clip what goes on; a fall is told when it is over and the person stays down.

    Args:
        card: Its `clip_spec` and `labels` are what this predictor goes by.
        look: EfficientNet-Lite0, (N, 3, H, W) to (N, 1280).
        remember: `models.networks.falls.FallNet`.
        max_batch_size: Clips worth handing over together.
    """

    accepts: type[Sample] = Clip

    def __init__(self, card: ModelCard, *, look: ReadyNetwork, remember: Remember, max_batch_size: int) -> None:
        if card.clip_spec is None or card.clip_spec.num_frames != CLIP_FRAMES:
            raise ValueError(
                f"the card of {card.name} must state a clip_spec of {CLIP_FRAMES} frames, got {card.clip_spec}"
            )
        self.name = card.name
        self.card = card
        self.clip_spec: ClipSpec | None = card.clip_spec
        self.max_batch_size = max_batch_size
        self._short_side = card.clip_spec.short_side
        self._look, self._remember = look, remember
        self._flows: FrameMemory[np.ndarray] = FrameMemory(FLOW_MEMORY_BYTES)
        self._looks: FrameMemory[np.ndarray] = FrameMemory(LOOK_MEMORY_BYTES)

    def prepare(self, sample: Sample) -> PreparedFalls:
        clip = require_clip(sample, self.clip_spec, self.name)
        frames = resize_short_side(clip.frames, self._short_side)
        fields = Fields(self._flows_between(clip, frames), reduce_greys(frames))
        numbers = describe(motion_within(fields, find_region(fields.flows)))
        seen = slice(None, None, FRAMES_PER_LOOK)
        ids: Sequence[Hashable] = clip.frame_ids or [_Anonymous() for _ in range(clip.num_frames)]
        keys = tuple((clip.source_id, frame_id, clip.frames.shape[1:]) for frame_id in ids[seen])
        return PreparedFalls(numbers, resize_exactly(frames[seen], LOOK_SIZE), keys)

    @torch.inference_mode()
    def predict(self, prepared: Sequence[PreparedFalls]) -> list[Result]:
        if not prepared:
            return []
        known = self._features(prepared)
        looks = np.stack([np.stack([known[key] for key in clip.keys]) for clip in prepared])  # (N, L, 1280)
        numbers = np.stack([clip.numbers for clip in prepared])
        shown = torch.ones(len(prepared))
        logits = self._remember(torch.from_numpy(numbers), torch.from_numpy(looks), shown)
        return answer_clips(logits[:, -1], self.card)

    def _flows_between(self, clip: Clip, frames: np.ndarray) -> np.ndarray:
        """Return the reduced flow of each pair of frames; those that nobody remembers are measured."""
        greys: dict[int, np.ndarray] = {}

        def grey(index: int) -> np.ndarray:
            if index not in greys:
                greys[index] = cv2.cvtColor(frames[index], cv2.COLOR_RGB2GRAY)
            return greys[index]

        flows = []
        for index, key in enumerate(pair_keys(clip)):
            flow = None if key is None else self._flows.recall(key)
            if flow is None:
                flow = reduced_flow(grey(index), grey(index + 1))
                if key is not None:
                    self._flows.remember(key, flow)
            flows.append(flow)
        return np.stack(flows)

    def _features(self, prepared: Sequence[PreparedFalls]) -> dict[Hashable, np.ndarray]:
        """Return the CNN's features of every frame by its key, each frame looked at once."""
        features: dict[Hashable, np.ndarray] = {}
        unseen: dict[Hashable, np.ndarray] = {}
        for clip in prepared:
            for key, frame in zip(clip.keys, clip.frames, strict=True):
                remembered = self._looks.recall(key)
                if remembered is None:
                    unseen[key] = frame
                else:
                    features[key] = remembered
        if unseen:
            rows = self._look(torch.from_numpy(normalise_frames(np.stack(list(unseen.values()))))).numpy()
            for key, row in zip(unseen, rows, strict=True):
                features[key] = row.copy()
                self._looks.remember(key, features[key])
        return features


class _Anonymous:
    """Stands for a frame without identity; equal to nothing but itself."""
