"""The recent frames of one video, kept as long as a clip to come may need them."""

from collections.abc import Iterable

import numpy as np

from models.samples import Clip
from stream.clip_buffer import PickedFrame
from stream.clip_sampler import PlannedClip


class FrameWindow:
    """Turns planned clips into clips with pixels.

    Clips of one model start later and later, so a frame before the latest start of every model is never asked
    for again; that keeps the window no longer than the longest clip and one stride.
    """

    def __init__(self, source_id: str, models: Iterable[str]) -> None:
        self._source_id = source_id
        self._frames: dict[int, np.ndarray] = {}
        self._oldest_needed = dict.fromkeys(models, 0)

    def __len__(self) -> int:
        return len(self._frames)

    def add(self, frame: PickedFrame) -> None:
        self._frames[frame.frame_id] = frame.rgb

    def assemble(self, planned: PlannedClip) -> Clip:
        """Return the clip with its pixels.

        Raises:
            KeyError: a frame of the clip was not added, or the clip is older than one assembled before.
        """
        clip = Clip(
            frames=np.stack([self._frames[frame_id] for frame_id in planned.frame_ids]),
            pts_seconds=np.asarray(planned.pts_seconds),
            source_id=self._source_id,
            frame_ids=planned.frame_ids,
        )
        self._oldest_needed[planned.model] = planned.frame_ids[0]
        self._forget_before(min(self._oldest_needed.values()))
        return clip

    def _forget_before(self, frame_id: int) -> None:
        # Identities rise, and dictionaries keep the order in which frames came.
        while self._frames and (oldest := next(iter(self._frames))) < frame_id:
            del self._frames[oldest]
