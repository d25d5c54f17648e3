"""Runs the models on the clips of one video, in batches."""

import logging
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from models.predictor import Predictor
from models.results import Result
from stream.batch.clip_feed import PreparedClip
from stream.clip_sampler import PlannedClip

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class ScoredClip:
    """What one model said of one clip."""

    planned: PlannedClip
    result: Result


class PredictionFailed(Exception):
    """A model failed on a clip, by itself and not only in a batch."""


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
        started = time.monotonic()
        results = list(_predict(self.predictors[model], clips))
        self.predict_seconds += time.monotonic() - started
        return [ScoredClip(clip.planned, result) for clip, result in zip(clips, results, strict=True)]


def _predict(predictor: Predictor, clips: Sequence[PreparedClip]) -> Iterator[Result]:
    """Predict a batch; when it fails, its halves, so that a batch too large for the memory still gets through."""
    if not clips:
        return
    try:
        yield from predictor.predict([clip.prepared for clip in clips])
    except Exception as error:
        if len(clips) == 1:
            start = clips[0].planned.start_seconds
            raise PredictionFailed(f"{predictor.name} failed on the clip at {start:.3f} s: {error}") from error
        logger.warning("halved a batch of %d clips: model=%s error=%s", len(clips), predictor.name, error)
        middle = len(clips) // 2
        yield from _predict(predictor, clips[:middle])
        yield from _predict(predictor, clips[middle:])
