"""What a model of video is measured on: a seeded texture that moves, the same on every machine."""

import itertools

import cv2
import numpy as np

from models.predictor import ClipSpec, Predictor
from models.samples import Clip, Passage, Sample

_ASPECT = 4 / 3
_PIXELS_A_SPOT = 8


class MovingSamples:
    """Batches of samples, each of another source.

    Clips are always the same one, without identity, so that nothing is remembered from one to the next. Passages go on
    where those of the batch before ended, as those of a camera do: what a streaming model remembers belongs to it.
    """

    def __init__(self, predictor: Predictor, name: str = "bench") -> None:
        """Begin anew.

        Args:
            predictor: that will read them.
            name: of the sources; those of another name are others.

        Raises:
            ValueError: it reads no video.
        """
        if predictor.clip_spec is None:
            raise ValueError(f"{predictor.name} reads no clips of video")
        self._name = name
        self._spec, self._is_streamed = predictor.clip_spec, predictor.accepts is Passage
        self._steps = itertools.count()
        self._picture = _texture(self._spec)

    @property
    def size(self) -> tuple[int, int, int]:
        """Frames of a clip, height and width."""
        return (self._spec.num_frames, *self._picture.shape[:2])

    def batch(self, size: int) -> list[Sample]:
        """Return the next batch."""
        step = next(self._steps)
        return [
            self._passage(f"bench {size}.{index}", step) if self._is_streamed else self._clip() for index in range(size)
        ]

    def _clip(self) -> Clip:
        times = np.arange(self._spec.num_frames) / self._spec.frame_rate_hz
        return Clip(self._frames(0, self._spec.num_frames), times, self._name)

    def _passage(self, source_id: str, step: int) -> Passage:
        spec = self._spec
        clip_start = step * spec.stride_frames
        clip_stop = clip_start + spec.num_frames
        return Passage(
            source_id=source_id,
            segment=0,
            start=max(clip_start - spec.context_frames, 0),
            clip_start=clip_start,
            clip_stop=clip_stop,
            stop=clip_stop + spec.lookahead_frames,
            is_last=False,
            read_frames=self._frames,
        )

    def _frames(self, start: int, stop: int) -> np.ndarray:
        return np.stack([np.roll(self._picture, (index // 2, index), (0, 1)) for index in range(start, stop)])


def _texture(spec: ClipSpec) -> np.ndarray:
    """Return spots of random colours, uint8 RGB."""
    height, width = spec.short_side, round(spec.short_side * _ASPECT)
    shape = (height // _PIXELS_A_SPOT, width // _PIXELS_A_SPOT, 3)
    spots = np.random.default_rng(3).integers(0, 256, shape, dtype=np.uint8)
    return cv2.resize(spots, (width, height), interpolation=cv2.INTER_LINEAR)
