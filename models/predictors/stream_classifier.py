"""Scores the clips of a video as parts of it: every frame goes through the network once."""

import math
from collections import OrderedDict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import torch

from models.predictor import ClipSpec, ModelCard
from models.predictors.answering import answer_clips
from models.results import Classification, Result
from models.runtime.video_stream import Slices, VideoState, VideoStream
from models.samples import FramesMissing, Passage, Sample
from models.serving import FRAMES_PER_SLICE
from models.transforms import crop_centre, normalise_clip, resize_short_side

MAX_VIDEOS = 64
"""Videos whose state is kept, 10 to 20 MB each; the one longest unused makes room, and is rebuilt when it goes on."""


@dataclass(frozen=True, eq=False)
class PreparedPassage:
    """A passage with the frames that no clip before it had."""

    passage: Passage
    start: int
    """Place of the first of these frames in the segment."""
    frames: np.ndarray
    """float32 in [-1, 1], (3, T, H, W), up to the end of the passage."""


@dataclass(eq=False)
class _Segment:
    """What is known of one segment of a source."""

    state: VideoState
    logits: dict[int, np.ndarray] = field(default_factory=dict)
    """One row a slice, of the slices that a clip to come may still need."""

    def add(self, slices: Slices) -> None:
        self.logits.update(enumerate(slices.logits, slices.first))


class StreamClassifier:
    """Keeps for each source what the next frames need of the ones before.

    A score never depends on that memory. When a passage does not go on where its source stands (the worker is new, the
    source has moved, clips were dropped), the state is rebuilt from the passage's own context, which holds every frame
    on which its clip depends. Where these frames are gone too, a new segment begins with the first that is left, and
    the result is marked as warming up.

    Args:
        card: Its labels are what this predictor goes by, and its clips with the frames around them on which they
            depend.
        stream: Runs the network.
        input_size: Height and width of the central crop; None: the whole frame.
        max_batch_size: Clips worth handing over together.

    Source: Carreira & Zisserman 2017, arXiv:1705.07750: a long video is evaluated as one clip, whose logits are
    averaged over time; here over the time of each clip.
    """

    accepts: type[Sample] = Passage

    def __init__(
        self,
        card: ModelCard,
        stream: VideoStream,
        *,
        input_size: tuple[int, int] | None,
        max_batch_size: int,
    ) -> None:
        if card.clip_spec is None:
            raise ValueError(f"the card of {card.name} must state a clip_spec")
        self.name = card.name
        self.card = card
        self.clip_spec: ClipSpec | None = card.clip_spec
        self._spec = card.clip_spec
        self.max_batch_size = max_batch_size
        self._stream = stream
        self._input_size = input_size
        self._segments: OrderedDict[Hashable, _Segment] = OrderedDict()

    def prepare(self, sample: Sample) -> PreparedPassage:
        """Read the frames that the clip before did not have.

        Raises:
            ValueError: the sample is no passage of the kind that `clip_spec` asks for.
            FramesMissing: a frame cannot be read any more.
        """
        passage = self._require_passage(sample)
        # The clip before this one began a stride earlier, and needed so many frames behind its beginning.
        seen = passage.clip_start - self._spec.stride_frames + self._spec.num_frames + self._spec.lookahead_frames
        start = passage.start if passage.clip_start == 0 else min(seen, passage.stop)
        return PreparedPassage(passage, start, self._read(passage, start, passage.stop))

    def predict(self, prepared: Sequence[PreparedPassage]) -> list[Result]:
        results: dict[int, Result] = {}
        waiting = list(enumerate(prepared))
        while waiting:  # passages of one source one after another, those of different sources together
            turn: dict[Hashable, tuple[int, PreparedPassage]] = {}
            for index, item in waiting:
                turn.setdefault(_key(item.passage), (index, item))
            results |= self._predict_together(turn)
            waiting = [pair for pair in waiting if pair[0] not in results]
        return [results[index] for index in range(len(prepared))]

    def _predict_together(self, turn: dict[Hashable, tuple[int, PreparedPassage]]) -> dict[int, Result]:
        segments = {key: self._segment_of(item) for key, (_, item) in turn.items()}
        lacking = [key for key, (_, item) in turn.items() if not self._has_all(segments[key], item.passage)]
        pushes = {key: self._missing_frames(segments[key], turn[key][1]) for key in lacking}
        pushes = {key: frames for key, frames in pushes.items() if frames.shape[1]}
        answers = self._stream.push([segments[key].state for key in pushes], list(pushes.values()))
        for key, (slices, state) in zip(pushes, answers, strict=True):
            segments[key].state = state
            segments[key].add(slices)
        ending = [key for key in lacking if turn[key][1].passage.is_last]
        for key, slices in zip(ending, self._stream.finish([segments[key].state for key in ending]), strict=True):
            segments[key].add(slices)
        return {index: self._result(segments[key], item.passage) for key, (index, item) in turn.items()}

    def _segment_of(self, item: PreparedPassage) -> _Segment:
        """Return what is known of the passage's segment, so that the passage goes on from there."""
        passage, key = item.passage, _key(item.passage)
        segment = self._segments.get(key)
        if segment is None or not self._goes_on(segment, passage):
            start = self._first_readable(item)
            begin = 0 if start == passage.start else start
            segment = self._segments[key] = _Segment(VideoState(begin=begin, num_frames=start))
        self._segments.move_to_end(key)
        while len(self._segments) > max(MAX_VIDEOS, self.max_batch_size):
            self._segments.popitem(last=False)
        return segment

    def _goes_on(self, segment: _Segment, passage: Passage) -> bool:
        """Whether the passage can be scored from where the segment stands."""
        if passage.start > segment.state.num_pushed:
            return False
        first_new = segment.state.num_frames // FRAMES_PER_SLICE + self._stream.first_slice
        return all(index in segment.logits or index >= first_new for index in _slices_of(passage))

    def _first_readable(self, item: PreparedPassage) -> int:
        """Return the first frame of the passage's context from which on all can be read, on the grid of steps.

        Raises:
            FramesMissing: frames of the clip itself are gone.
        """
        passage = item.passage
        start = passage.start
        while start < item.start:
            try:
                passage.read_frames(start, item.start)
            except FramesMissing as error:
                start = math.ceil((error.index + 1) / self._stream.frames_per_step) * self._stream.frames_per_step
                if start > passage.clip_start:
                    raise
            else:
                break
        return start

    def _missing_frames(self, segment: _Segment, item: PreparedPassage) -> np.ndarray:
        """Return the passage's frames that the segment has not seen, (3, T, H, W)."""
        start = segment.state.num_pushed
        if start >= item.start:
            return item.frames[:, start - item.start :]
        before = self._read(item.passage, start, item.start)
        return np.concatenate([before, item.frames], 1) if item.frames.shape[1] else before

    def _has_all(self, segment: _Segment, passage: Passage) -> bool:
        return all(index in segment.logits for index in _slices_of(passage))

    def _result(self, segment: _Segment, passage: Passage) -> Result:
        wanted = _slices_of(passage)
        logits = torch.from_numpy(np.stack([segment.logits[index] for index in wanted]).mean(0, keepdims=True))
        for index in [index for index in segment.logits if index < wanted[0]]:
            del segment.logits[index]
        result = answer_clips(logits, self.card)[0]
        has_context = passage.clip_start - max(segment.state.begin, 0) >= self._spec.context_frames
        return replace(result, is_warming_up=not has_context) if isinstance(result, Classification) else result

    def _read(self, passage: Passage, start: int, stop: int) -> np.ndarray:
        if start == stop:  # the last clips of a segment share its last frames
            return np.zeros((3, 0, 0, 0), np.float32)
        frames = resize_short_side(passage.read_frames(start, stop), self._spec.short_side)
        return normalise_clip(crop_centre(frames, self._input_size) if self._input_size else frames)

    def _require_passage(self, sample: Sample) -> Passage:
        if not isinstance(sample, Passage):
            raise ValueError(
                f"{self.name} is streamed and reads passages of video, got {type(sample).__name__} from "
                f"{sample.source_id!r}; register the source anew, so that its clips are made for a stream"
            )
        if sample.clip_start % self._spec.stride_frames:
            raise ValueError(
                f"{self.name} reads clips that begin every {self._spec.stride_frames} frames, got one of "
                f"{sample.source_id!r} that begins at {sample.clip_start}"
            )
        return sample


def _key(passage: Passage) -> Hashable:
    return passage.source_id, passage.segment


def _slices_of(passage: Passage) -> range:
    """Return the slices of logits within a clip: each speaks of two slices of features; a short clip has one."""
    first = passage.clip_start // FRAMES_PER_SLICE
    return range(first, max(math.ceil(passage.clip_stop / FRAMES_PER_SLICE) - 1, first + 1))
