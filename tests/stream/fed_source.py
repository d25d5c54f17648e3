"""A source for tests of the bus: real chunks in a real frame store, real requests, and a journal of its own."""

import time
from dataclasses import dataclass, field

import numpy as np

from stream.frames.store import FrameStore
from stream.messages import InferenceRequest
from stream.queue.request_queue import RequestQueue

FRAMES_PER_CLIP = 2


@dataclass
class FedSource:
    """Produces clips of even brightness; clip i has brightness i modulo 200 unless told otherwise."""

    queue: RequestQueue
    store: FrameStore
    source_id: str
    model: str = "brightness"
    deadline_seconds: float = 60.0
    epoch: int = 0
    next_index: int = 0
    journal: list[tuple[int, int]] = field(default_factory=list)
    """(epoch, clip index) of every clip that the server took: what the account is held against."""

    def produce(self, *, brightness: int | None = None, max_backlog: int = 10_000) -> InferenceRequest:
        """Produce the next clip."""
        request = self.make_request(brightness)
        taken = self.queue.produce([request], max_backlog=max_backlog)
        if taken:
            self.journal.append((request.epoch, request.clip_index))
        self.next_index += 1
        return request

    def make_request(self, brightness: int | None = None) -> InferenceRequest:
        """Write the frames of the next clip and return its request."""
        if not self.epoch:
            self.epoch = self.queue.start_epoch(self.source_id)
        index, now = self.next_index, time.time()
        chunk_id = f"{self.epoch}-{self.model}-{index}"
        value = index % 200 if brightness is None else brightness
        self.store.put_chunk(self.source_id, chunk_id, np.full((FRAMES_PER_CLIP, 4, 4, 3), value, np.uint8))
        return InferenceRequest(
            source_id=self.source_id,
            model=self.model,
            epoch=self.epoch,
            clip_index=index,
            chunk_ids=(chunk_id,),
            frame_refs=tuple((0, i) for i in range(FRAMES_PER_CLIP)),
            frame_ids=tuple((self.epoch << 32) + index + i for i in range(FRAMES_PER_CLIP)),
            pts_seconds=tuple((index + i) / 10 for i in range(FRAMES_PER_CLIP)),
            captured_at=now,
            produced_at=now,
            deadline_at=now + self.deadline_seconds,
        )
