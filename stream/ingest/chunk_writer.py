"""Puts picked frames into the frame store, a few together, and says where each clip's frames lie."""

import logging
import math
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from models.predictor import ClipSpec
from stream.clip_buffer import PickedFrame
from stream.errors import BrokerUnavailable, FrameStoreFull
from stream.frames.store import FrameStore
from stream.ingest.frame_counts import FrameCounts

logger = logging.getLogger(__name__)

SLACK_SECONDS = 5.0
"""Time beyond the longest clip over which places are remembered: clips hold frames through short gaps."""


@dataclass(frozen=True)
class FramePlaces:
    """Where the frames of a clip lie in the frame store."""

    chunk_ids: tuple[str, ...]
    frame_refs: tuple[tuple[int, int], ...]
    """For each frame: index into `chunk_ids`, index of the frame within that chunk."""


class ChunkWriter:
    """Writes a source's frames in chunks; a chunk goes out when it is full or when a clip needs its frames.

    Frames that the store does not take are counted as dropped(store_full); the clips that name them are requested
    all the same, so that the worker drops and counts them and clips are numbered without holes.
    """

    def __init__(
        self,
        store: FrameStore,
        source_id: str,
        specs: Mapping[str, ClipSpec],
        *,
        frames_per_chunk: int,
        counts: FrameCounts,
    ) -> None:
        self._store = store
        self._source_id = source_id
        self._frames_per_chunk = frames_per_chunk
        self._counts = counts
        self._open: list[PickedFrame] = []
        self._places: OrderedDict[int, tuple[str, int]] = OrderedDict()
        self._num_remembered = num_remembered_frames(specs)
        self._is_store_full = False

    def write(self, frames: Iterable[PickedFrame]) -> None:
        """Take picked frames, in order; whole chunks go to the store."""
        for frame in frames:
            self._open.append(frame)
            self._places[frame.frame_id] = (_chunk_id(self._open[0]), len(self._open) - 1)
            if len(self._open) >= self._frames_per_chunk:
                self.flush()
        while len(self._places) > self._num_remembered:
            self._places.popitem(last=False)

    def place(self, frame_ids: Sequence[int]) -> FramePlaces:
        """Return where the frames of a clip lie; the chunk still open is written when it holds one of them."""
        if self._open and max(frame_ids) >= self._open[0].frame_id:
            self.flush()
        places = [self._places[frame_id] for frame_id in frame_ids]
        chunk_ids = tuple(dict.fromkeys(chunk_id for chunk_id, _ in places))
        return FramePlaces(chunk_ids, tuple((chunk_ids.index(chunk_id), index) for chunk_id, index in places))

    def flush(self) -> None:
        """Write the open chunk, if any; call it at the end of an epoch."""
        frames, self._open = self._open, []
        if not frames:
            return
        try:
            self._store.put_chunk(self._source_id, _chunk_id(frames[0]), np.stack([frame.rgb for frame in frames]))
        except (FrameStoreFull, BrokerUnavailable) as error:
            self._counts.drop({"store_full": len(frames)})
            self._note(error)
        else:
            self._counts.publish(len(frames))
            self._note(None)

    def _note(self, error: Exception | None) -> None:
        """Say once that the store takes no frames, and once that it does again."""
        if error is not None and not self._is_store_full:
            logger.warning("frames are dropped: source_id=%s: %s", self._source_id, error)
        elif error is None and self._is_store_full:
            logger.info("the frame store takes frames again: source_id=%s", self._source_id)
        self._is_store_full = error is not None


def num_remembered_frames(specs: Mapping[str, ClipSpec]) -> int:
    """Return how many picked frames the longest clip can reach back over, whichever models picked them."""
    longest_seconds = max(spec.span_frames / spec.frame_rate_hz for spec in specs.values()) + SLACK_SECONDS
    return sum(math.ceil(longest_seconds * spec.frame_rate_hz) for spec in specs.values())


def _chunk_id(first_frame: PickedFrame) -> str:
    return f"{first_frame.frame_id >> 32}-{first_frame.frame_id & 0xFFFFFFFF}"
