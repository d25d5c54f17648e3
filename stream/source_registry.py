"""The sources that should run, kept in the bus so that they can be added and removed on a running system."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, get_args

from models.predictor import ClipSpec
from stream.bus import Bus
from stream.settings import SOURCE_ID_PATTERN, Privacy
from stream.sources.url import redact_url

SOURCES_KEY = "registry:sources"
"""Hash: id to StoredSource."""
REVISION_KEY = "registry:revision"
"""Rises with every change of the hash."""


@dataclass(frozen=True)
class StoredSource:
    """One source that should run, with the clips that its models want."""

    source_id: str
    url: str = field(repr=False)
    """Path or address, password included; show `redacted_url` instead."""
    models: Mapping[str, ClipSpec]
    loop: bool = False
    """Play a file again and again at its own pace, as a camera would."""
    privacy: Privacy = "pixelated"
    """What previews show."""
    configured_by: str = ""
    """The installation whose configuration file names it; empty: added by a command."""

    def __post_init__(self) -> None:
        if not re.fullmatch(SOURCE_ID_PATTERN.strip("^$"), self.source_id):
            raise ValueError(
                "a source's id must be up to 64 letters, digits or _.- and start with a letter or digit, "
                f"got {self.source_id!r}"
            )
        if not self.url:
            raise ValueError(f"source {self.source_id} needs a path or address, got an empty one")
        if not self.models:
            raise ValueError(f"source {self.source_id} needs at least one model, got none")
        if self.privacy not in get_args(Privacy):
            raise ValueError(f"privacy of source {self.source_id} must be pixelated or clear, got {self.privacy!r}")

    @property
    def redacted_url(self) -> str:
        return redact_url(self.url)

    @property
    def digest(self) -> str:
        """Changes whenever anything changes that its ingester must know."""
        return hashlib.sha256(replace(self, configured_by="").encode()).hexdigest()[:16]

    def encode(self) -> bytes:
        """Return the source as JSON; `decode` is the inverse."""
        record = {**asdict(self), "models": {name: asdict(spec) for name, spec in self.models.items()}}
        return json.dumps(record, sort_keys=True).encode()

    @classmethod
    def decode(cls, payload: bytes) -> "StoredSource":
        """Return the source that `encode` wrote.

        Raises:
            ValueError: the payload is not a stored source.
        """
        try:
            record: dict[str, Any] = json.loads(payload)
            record["models"] = {name: ClipSpec(**spec) for name, spec in record["models"].items()}
            return cls(**record)
        except (KeyError, TypeError, AttributeError, UnicodeDecodeError, json.JSONDecodeError) as error:
            raise ValueError(f"a stored source must be JSON with the fields of StoredSource: {error!r}") from error


class SourceRegistry:
    """The stored sources, and a revision that rises with every change, so that others need not compare."""

    def __init__(self, bus: Bus) -> None:
        self._bus = bus

    def add(self, source: StoredSource) -> None:
        """Store a source; one of the same id is replaced, and its ingester starts anew if anything changed."""
        if self.get(source.source_id) == source:
            return
        with self._bus.client.pipeline() as pipeline:
            pipeline.hset(SOURCES_KEY, source.source_id, source.encode())
            pipeline.incr(REVISION_KEY)
            pipeline.execute()

    def remove(self, source_id: str) -> bool:
        """Remove a source; its ingester ends by itself. Return whether there was one."""
        with self._bus.client.pipeline() as pipeline:
            pipeline.hdel(SOURCES_KEY, source_id)
            pipeline.incr(REVISION_KEY)
            num_removed, _ = pipeline.execute()
        return bool(num_removed)

    def get(self, source_id: str) -> StoredSource | None:
        payload = self._bus.client.hget(SOURCES_KEY, source_id)
        return StoredSource.decode(payload) if payload is not None else None

    def all(self) -> dict[str, StoredSource]:
        """Return every source by its id, in the order of the ids."""
        stored = [StoredSource.decode(payload) for payload in self._bus.client.hvals(SOURCES_KEY)]
        return {source.source_id: source for source in sorted(stored, key=lambda source: source.source_id)}

    def revision(self) -> int:
        return int(self._bus.client.get(REVISION_KEY) or 0)
