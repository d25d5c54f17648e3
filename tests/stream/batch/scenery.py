"""Small real videos, and a predictor that one can follow by hand: how bright is the clip?"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from models.predictor import ClipSpec, EventSpec, ModelCard
from models.results import Classification, Result
from models.samples import Clip, Sample
from stream.video_writer import VideoWriter

RATE_HZ = 25.0


def write_video(path: Path, levels: Sequence[float], *, width: int = 96, height: int = 64) -> Path:
    """Write a video whose frames have these grey levels, 0..1, with a moving square for the encoder to chew on."""
    with VideoWriter(path, width=width, height=height, frame_rate_hz=RATE_HZ) as writer:
        for index, level in enumerate(levels):
            frame = np.full((height, width, 3), round(level * 255), np.uint8)
            left = index * 2 % (width - 8)
            frame[4:12, left : left + 8] = 255 - frame[0, 0]
            writer.write(frame)
    return path


def dark_bright_dark() -> list[float]:
    """Four seconds dark, four bright, four dark."""
    return [0.1] * 100 + [0.9] * 100 + [0.1] * 100


class Brightness:
    """Scores "bright" by the mean of a clip's pixels."""

    accepts: type[Sample] = Clip

    def __init__(
        self, name: str = "brightness", *, max_batch_size: int = 4, num_frames: int = 16, short_side: int = 32
    ) -> None:
        self.name = name
        self.max_batch_size = max_batch_size
        self.clip_spec: ClipSpec | None = ClipSpec(num_frames, 12.5, 0.32, short_side)
        self.card = ModelCard(
            name=name,
            network="none",
            labels=("dark", "bright"),
            preprocessing="none",
            licence="Apache-2.0",
            intended_use="tests",
            weights_sha256="ab" * 32,
            clip_spec=self.clip_spec,
            event_spec=EventSpec(("bright",), enter_score=0.6, leave_score=0.4),
        )
        self.batch_sizes: list[int] = []

    def prepare(self, sample: Sample) -> float:
        assert isinstance(sample, Clip)
        return float(sample.frames.mean() / 255)

    def predict(self, prepared: Sequence[float]) -> list[Result]:
        self.batch_sizes.append(len(prepared))
        return [Classification(("dark", "bright"), (1 - level, level)) for level in prepared]


class FailingOver(Brightness):
    """Fails on batches of more clips than a limit, as a device does that runs out of memory."""

    def __init__(self, limit: int, *, max_batch_size: int = 8) -> None:
        super().__init__(max_batch_size=max_batch_size)
        self._limit = limit

    def predict(self, prepared: Sequence[float]) -> list[Result]:
        if len(prepared) > self._limit:
            raise RuntimeError(f"out of memory with {len(prepared)} clips")
        return super().predict(prepared)
