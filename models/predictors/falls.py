"""Tells falls: flow between frames and the features of single frames are worked out once, then the memory runs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import cv2
import numpy as np
import torch
from torch import Tensor

from models.falls.description import describe
from models.falls.motion import CLIP_FRAMES, Fields, find_region, motion_within, reduce_greys, reduced_flow
from models.networks.falls import FRAMES_PER_LOOK
from models.predictor import ClipSpec, ModelCard
from models.predictors.answering import answer_clips
from models.predictors.clip_classifier import require_clip
from models.predictors.frame_memory import FrameMemory
from models.predictors.remembered_frames import FrameFeatures, KeyedFrames, frame_keys, pair_keys
from models.results import Result
from models.runtime.ready import ReadyNetwork
from models.samples import Clip, Sample
from models.transforms import resize_exactly, resize_short_side

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
    seen: KeyedFrames
    """The frames at which the CNN looks, (L, *LOOK_SIZE, 3)."""


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
        self._looks = FrameFeatures(look, memory_bytes=LOOK_MEMORY_BYTES)
        self._flows: FrameMemory[np.ndarray] = FrameMemory(FLOW_MEMORY_BYTES)
        self._remember = remember

    def prepare(self, sample: Sample) -> PreparedFalls:
        clip = require_clip(sample, self.clip_spec, self.name)
        frames = resize_short_side(clip.frames, self._short_side)
        flows = self._flows.complete(pair_keys(clip), partial(_reduced_flows, frames))
        fields = Fields(np.stack(flows), reduce_greys(frames))
        numbers = describe(motion_within(fields, find_region(fields.flows)))
        seen = resize_exactly(frames[::FRAMES_PER_LOOK], LOOK_SIZE)
        return PreparedFalls(numbers, KeyedFrames(seen, frame_keys(clip)[::FRAMES_PER_LOOK]))

    @torch.inference_mode()
    def predict(self, prepared: Sequence[PreparedFalls]) -> list[Result]:
        if not prepared:
            return []
        looks = self._looks.of([clip.seen for clip in prepared])  # (N, L, 1280)
        numbers = torch.from_numpy(np.stack([clip.numbers for clip in prepared]))
        logits = self._remember(numbers, looks, torch.ones(len(prepared)))
        return answer_clips(logits[:, -1], self.card)


def _reduced_flows(frames: np.ndarray, starts: Sequence[int]) -> list[np.ndarray]:
    """Return the reduced flow of the pairs that begin at these frames."""
    needed = {*starts, *(start + 1 for start in starts)}
    greys = {index: cv2.cvtColor(frames[index], cv2.COLOR_RGB2GRAY) for index in needed}
    return [reduced_flow(greys[start], greys[start + 1]) for start in starts]
