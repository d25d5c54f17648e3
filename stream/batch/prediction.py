"""Runs the models on the clips of one video, in batches."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from models.predictor import Predictor
from models.results import Result
from stream.batch.clip_feed import PredictionFailed, PreparedClip
from stream.clip_sampler import PlannedClip
from stream.work.scoring import score_batch


@dataclass(frozen=True)
class ScoredClip:
    """What one model said of one clip."""

    planned: PlannedClip
    result: Result
    start_seconds: float
    """Media time of the first frame, as the worker of the live path states it."""
    end_seconds: float
    """Media time of the end of the last frame."""
    lag_seconds: float = 0.0
    """Media time from there to the last frame that the result depends on: the lag of the algorithm."""


class ClipBatcher:
    """Collects the clips of each model until a batch is full, and runs it; order within a model is kept."""

    def __init__(self, predictors: Sequence[Predictor]) -> None:
        self.predictors = {predictor.name: predictor for predictor in predictors}
        self._waiting: dict[str, list[PreparedClip]] = {name: [] for name in self.predictors}
        self.predict_seconds = 0.0

    def push(self, clip: PreparedClip) -> list[ScoredClip]:
        """Take the next clip; return what became known by it.

        Raises:
            PredictionFailed: the model failed on one of the clips.
        """
        model = clip.planned.model
        self._waiting[model].append(clip)
        if len(self._waiting[model]) < self.predictors[model].max_batch_size:
            return []
        return self._run(model)

    def finish(self) -> list[ScoredClip]:
        """Run what still waits.

        Raises:
            PredictionFailed: the model failed on one of the clips.
        """
        return [scored for model in self._waiting for scored in self._run(model)]

    def _run(self, model: str) -> list[ScoredClip]:
        clips, self._waiting[model] = self._waiting[model], []
        if not clips:
            return []
        started = time.monotonic()
        outcomes = score_batch(self.predictors[model], [clip.prepared for clip in clips])
        self.predict_seconds += time.monotonic() - started
        return [self._scored(clip.planned, outcome) for clip, outcome in zip(clips, outcomes, strict=True)]

    def _scored(self, planned: PlannedClip, outcome: Result | Exception) -> ScoredClip:
        first, last = planned.clip_pts_seconds[0], planned.clip_pts_seconds[-1]
        if isinstance(outcome, Exception):
            raise PredictionFailed(f"{planned.model} failed on the clip at {first:.3f} s: {outcome}") from outcome
        spec = self.predictors[planned.model].clip_spec
        lag_seconds = planned.pts_seconds[-1] - last
        return ScoredClip(planned, outcome, first, last + (1 / spec.frame_rate_hz if spec else 0.0), lag_seconds)
