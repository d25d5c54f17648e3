"""The message of the wall: what every tile says, and the pictures that are new to this viewer."""

import json
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.dashboard.wall.tiles import Tile
from stream.frames.store import Preview

_LENGTH = struct.Struct(">I")


@dataclass(frozen=True, eq=False)
class Batch:
    """One message to one viewer; static/batch.js reads it."""

    number: int
    """The viewer sends it back when the batch is painted."""
    server_at: float
    """Wall time of sending, from which the viewer learns how its clock differs from ours."""
    tiles: Sequence[Tile]
    pictures: Sequence[tuple[str, Preview]]
    """Source and picture, only those that this viewer has not got yet."""
    stale_since: float | None = None
    """Wall time from which statuses and results could no longer be read."""
    ticket: str | None = None
    """A fresh ticket for the next connection."""

    def encode(self) -> bytes:
        """Return length of header, header (JSON), then the pictures one after the other."""
        pictures = dict(self.pictures)
        header = {
            "number": self.number,
            "server_at": self.server_at,
            "stale_since": self.stale_since,
            "ticket": self.ticket,
            "tiles": [tile.to_json() for tile in self.tiles],
            "pictures": [_describe(source_id, preview) for source_id, preview in pictures.items()],
        }
        text = json.dumps(header, separators=(",", ":"), allow_nan=False).encode()
        return b"".join((_LENGTH.pack(len(text)), text, *(preview.jpeg for preview in pictures.values())))


def _describe(source_id: str, preview: Preview) -> dict[str, Any]:
    return {
        "source_id": source_id,
        "captured_at": preview.captured_at,
        "privacy": preview.privacy,
        "length": len(preview.jpeg),
    }
