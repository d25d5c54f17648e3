"""The recent frames of one video, kept as long as a clip to come may need them."""

from collections.abc import Iterable

import numpy as np

from models.samples import Clip, Passage
from stream.clip_buffer import PickedFrame
from stream.clip_sampler import PlannedClip


class FrameWindow:
    """Turns planned clips into clips with pixels.

    Clips of one model start later and later, so a frame before the latest start of every model is never asked
    for again; that keeps the window no longer than the longest clip and one stride.
    """

    def __init__(self, source_id: str, models: Iterable[str]) -> None:
        self._source_id = source_id
        self._video = object()  # tells this video from another of the same name
        self._frames: dict[int, np.ndarray] = {}
        self._oldest_needed = dict.fromkeys(models, 0)

    def __len__(self) -> int:
        return len(self._frames)

    def add(self, frame: PickedFrame) -> None:
        self._frames[frame.frame_id] = frame.rgb

    def passage(self, planned: PlannedClip) -> Passage:
        """Return the clip within its video, for a streaming model; its frames can be read at any later time."""
        frames = {planned.first_point + place: self._frames[key] for place, key in enumerate(planned.frame_ids)}
        self._forget_for(planned)
        clip_start = planned.first_point + planned.num_before
        return Passage(
            source_id=self._source_id,
            segment=(self._video, planned.epoch),
            start=planned.first_point,
            clip_start=clip_start,
            clip_stop=clip_start + len(planned.clip_pts_seconds),
            stop=planned.first_point + len(planned.frame_ids),
            is_last=planned.is_last,
            read_frames=lambda start, stop: np.stack([frames[place] for place in range(start, stop)]),
        )

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
        self._forget_for(planned)
        return clip

    def _forget_for(self, planned: PlannedClip) -> None:
        """Forget what no clip needs any more after this one."""
        self._oldest_needed[planned.model] = planned.frame_ids[0]
        self._forget_before(min(self._oldest_needed.values()))

    def _forget_before(self, frame_id: int) -> None:
        # Identities rise, and dictionaries keep the order in which frames came.
        while self._frames and (oldest := next(iter(self._frames))) < frame_id:
            del self._frames[oldest]
