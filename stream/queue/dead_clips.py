"""Clips that were given up, with the reason, for people to look into."""

import json
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class DeadClip:
    """A clip that no delivery could score, or an entry that is no clip at all."""

    source_id: str
    model: str
    entry_id: str
    reason: str
    deliveries: int
    died_at: float
    request: str
    """The request as it was found, at most 4,000 characters."""

    def encode(self) -> bytes:
        return json.dumps(asdict(self), separators=(",", ":")).encode()

    @classmethod
    def decode(cls, payload: bytes) -> "DeadClip":
        return cls(**json.loads(payload))
