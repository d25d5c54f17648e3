"""The wall's message: a header in JSON, then the pictures."""

import json
import struct

from app.dashboard.wall.batches import Batch
from app.dashboard.wall.tiles import Tile
from stream.frames.store import Preview


def test_batch_reads_back_whole() -> None:
    pictures = [(f"bed-{n}", Preview(bytes([n]) * (n * 100), 10.0 + n, 1, 4, 3, "pixelated")) for n in range(3)]
    tile = Tile("bed-0", "live", "", 10.0, 5.0)
    message = Batch(7, 11.0, [tile], pictures, stale_since=9.0, ticket="t").encode()
    (length,) = struct.unpack(">I", message[:4])
    header = json.loads(message[4 : 4 + length])
    assert (header["number"], header["server_at"], header["stale_since"], header["ticket"]) == (7, 11.0, 9.0, "t")
    assert header["tiles"][0]["source_id"] == "bed-0"
    rest = message[4 + length :]
    for (source_id, preview), described in zip(pictures, header["pictures"], strict=True):
        assert (described["source_id"], described["captured_at"]) == (source_id, preview.captured_at)
        assert rest[: described["length"]] == preview.jpeg
        rest = rest[described["length"] :]
    assert not rest
