"""How much, and which way, a clip moves: no weights, only optical flow."""

from collections.abc import Sequence

import numpy as np

from models.flow.dis import grey_frames
from models.flow.methods import flow_measure
from models.predictor import ClipSpec, ModelCard
from models.predictors.clip_classifier import require_clip, require_clip_spec
from models.results import Motion, Result
from models.samples import Clip, Sample
from models.transforms import resize_short_side

MOVING_PIXELS = 0.5
"""A pixel that moves further than this from frame to frame counts as moving."""


class OpticalFlowMotion:
    """Sums up the flow between the frames of a clip as one `Motion`.

    All the work is done in `prepare`, which runs on the worker's own threads.
    """

    accepts: type[Sample] = Clip
    max_batch_size = 4

    def __init__(self, card: ModelCard) -> None:
        spec = require_clip_spec(card)
        self.name = card.name
        self.card = card
        self.clip_spec: ClipSpec | None = spec
        self._short_side = spec.short_side
        self._measure = flow_measure(card.flow_method)

    def prepare(self, sample: Sample) -> Motion:
        clip = require_clip(sample, self.clip_spec, self.name)
        frames = grey_frames(resize_short_side(clip.frames, self._short_side))
        # A held or padded frame repeats the time of the one before: nothing can be said of such a pair.
        steps = np.diff(clip.pts_seconds)
        starts = np.flatnonzero(steps > 0)
        if not len(starts):
            return Motion(mean_speed=0.0, peak_speed=0.0, mean_velocity=(0.0, 0.0), moving_fraction=0.0)
        flows = self._measure(frames[starts], frames[starts + 1])
        return _summarise(flows, steps[starts].astype(np.float32))

    def predict(self, prepared: Sequence[Motion]) -> list[Result]:
        return list(prepared)


def _summarise(flows: np.ndarray, step_seconds: np.ndarray) -> Motion:
    """Sum up flows, (T, H, W, 2) in pixels a frame, each over its own time."""
    lengths = np.hypot(flows[..., 0], flows[..., 1])  # (T, H, W)
    speeds = lengths / step_seconds[:, None, None]
    velocity = (flows.mean((1, 2)) / step_seconds[:, None]).mean(0)  # (2,)
    return Motion(
        mean_speed=float(speeds.mean()),
        peak_speed=float(np.percentile(speeds, 99)),
        mean_velocity=(float(velocity[0]), float(velocity[1])),
        moving_fraction=float((lengths > MOVING_PIXELS).mean()),
    )
