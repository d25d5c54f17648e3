"""Where decoded frames wait for the workers: what each kind of frame store does, and what it keeps."""

import re
from dataclasses import dataclass
from typing import Protocol

import numpy as np

SAFE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,127}")
"""What a source or chunk may be called, so that no name leads out of the store."""


@dataclass(frozen=True)
class Preview:
    """A small picture for people to look at, made private before it left the ingester."""

    jpeg: bytes
    captured_at: float
    epoch: int
    width: int
    height: int
    privacy: str
    """What was done to it: pixelated or clear."""


class FrameStore(Protocol):
    """Chunks of consecutive frames by source and name, each written once, kept for a short time."""

    def put_chunk(self, source_id: str, chunk_id: str, frames: np.ndarray) -> None:
        """Keep frames, uint8 RGB of shape (N, H, W, 3).

        Raises:
            FrameStoreFull: there is no room, even after the source's oldest chunks went.
        """

    def get_chunk(self, source_id: str, chunk_id: str) -> np.ndarray:
        """Return the frames of a chunk, (N, H, W, 3), uint8, read-only.

        Raises:
            FramesGone: the chunk is not in the store (any more).
        """

    def prune(self, source_id: str, older_than_seconds: float) -> int:
        """Remove the source's chunks older than this, its half-written ones too, and return how many went."""

    def put_preview(self, source_id: str, preview: Preview) -> None:
        """Keep the newest preview of a source; it replaces the one before."""

    def latest_preview(self, source_id: str) -> Preview | None: ...

    def remove_source(self, source_id: str) -> None:
        """Forget all frames and the preview of a source."""

    def close(self) -> None: ...


def require_safe_name(name: str, what: str) -> str:
    """Return the name when it may be used as a file name or part of a key.

    Raises:
        ValueError: it has characters or a length that are not allowed.
    """
    if not SAFE_NAME.fullmatch(name):
        raise ValueError(f"{what} must be up to 128 letters, digits or _.- and start with a letter or digit: {name!r}")
    return name
