"""Small predictors that a worker can serve without a network: real ones, quick to reason about."""

import os
import signal
import time
from collections.abc import Sequence

from models.predictor import ClipSpec, ModelCard
from models.results import Classification, Measurement, Result
from models.samples import Clip, Sample

SPEC = ClipSpec(num_frames=2, frame_rate_hz=10.0, stride_seconds=0.1, short_side=4)
POISON = 255
"""Brightness of the frames that bring the poisoned predictors to a fall."""


class MeanBrightness:
    """Says how bright a clip is, 0..1."""

    accepts: type[Sample] = Clip
    clip_spec: ClipSpec | None = SPEC

    def __init__(self, name: str = "brightness", *, max_batch_size: int = 4, seconds_per_clip: float = 0.0) -> None:
        self.name = name
        self.max_batch_size = max_batch_size
        self.seconds_per_clip = seconds_per_clip
        self.batch_sizes: list[int] = []
        self.card = ModelCard(name, "none", ("dark", "bright"), "mean", "Apache-2.0", "tests", weights_sha256="f00d")

    def prepare(self, sample: Sample) -> float:
        assert isinstance(sample, Clip)
        return float(sample.frames.mean())

    def predict(self, prepared: Sequence[float]) -> list[Result]:
        self.batch_sizes.append(len(prepared))
        time.sleep(self.seconds_per_clip * len(prepared))
        return [self.answer(mean) for mean in prepared]

    def answer(self, mean: float) -> Result:
        return Classification(("dark", "bright"), (1 - mean / 255, mean / 255))


class Raising(MeanBrightness):
    """Raises when a marked clip is in the batch."""

    def answer(self, mean: float) -> Result:
        if mean == POISON:
            raise RuntimeError("a shape that no layer expects")
        return super().answer(mean)


class Crashing(MeanBrightness):
    """Takes its whole process down when a marked clip is in the batch."""

    def answer(self, mean: float) -> Result:
        if mean == POISON:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().answer(mean)


class NotANumber(MeanBrightness):
    """Measures NaN for a marked clip."""

    def answer(self, mean: float) -> Result:
        return Measurement("brightness", float("nan") if mean == POISON else mean, "1")


class SmallMemory(MeanBrightness):
    """Has memory for two clips at a time."""

    def predict(self, prepared: Sequence[float]) -> list[Result]:
        if len(prepared) > 2:
            raise RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB")
        return super().predict(prepared)


KINDS: dict[str, type[MeanBrightness]] = {
    "brightness": MeanBrightness,
    "raising": Raising,
    "crashing": Crashing,
    "not_a_number": NotANumber,
    "small_memory": SmallMemory,
}
