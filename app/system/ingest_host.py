"""One child process for each registered source: the part of a host that reads cameras and files."""

import json
import logging
import os
import socket
import sys
from dataclasses import replace
from pathlib import Path

from app.console.connection import frames_url
from app.console.source_address import complete_address
from models.registry import find_card, is_servable
from models.serving import serving_spec
from stream.bus import Bus
from stream.errors import BrokerUnavailable
from stream.queue.account import Account
from stream.service import Service
from stream.settings import Settings, SourceSettings
from stream.source_registry import SourceRegistry, StoredSource
from stream.work.outage import Outage

logger = logging.getLogger(__name__)


class IngestHost:
    """Follows the registry of sources and says which ingesters should run."""

    def __init__(self, settings: Settings, bus: Bus, bus_url: str) -> None:
        self._settings = settings
        self._name = f"{socket.gethostname()}:{settings.state_directory}"
        self._registry, self._account = SourceRegistry(bus), Account(bus)
        self._environment = (
            ("VIGIL_BUS_URL", bus_url),
            ("VIGIL_FRAMES_URL", frames_url(settings)),
            ("VIGIL_INGEST_SETTINGS", json.dumps(ingest_values(settings))),
            ("VIGIL_PARENT", str(os.getpid())),
        )
        self._stored: dict[str, StoredSource] = {}
        self._outage = Outage("going on with the sources that are known")
        self._revision = -1

    def register_configured(self) -> None:
        """Register the sources of the configuration file, and forget those that have gone from it.

        A camera that was taken out of the file must not be watched on because a server remembers it.

        Raises:
            ValueError: a source names an unknown model; nothing has been registered then.
        """
        wanted = {source.id: stored_source(source) for source in self._settings.sources}
        for source in wanted.values():
            self._registry.add(replace(source, configured_by=self._name))
        for source in self._registry.all().values():
            if source.configured_by == self._name and source.source_id not in wanted:
                logger.info("the source %s is no longer configured; it is not watched any more", source.source_id)
                self._registry.remove(source.source_id)
                self._account.forget(source.source_id)

    def follow(self) -> None:
        """Learn of sources that were added, changed or removed; when the server is away, keep those known.

        A server that lost its memory is told again: cameras do not go dark because a disk was replaced.
        """
        try:
            revision = self._registry.revision()
            if revision < self._revision:
                for source in self._stored.values():
                    self._registry.add(source)
                revision = self._registry.revision()
            if revision != self._revision:
                self._stored, self._revision = self._registry.all(), revision
        except BrokerUnavailable as error:
            self._outage.failed(error)
        else:
            self._outage.succeeded()

    def model_names(self) -> set[str]:
        return {name for source in self._stored.values() for name in source.models}

    def services(self, log_directory: Path | None) -> list[Service]:
        return [
            Service(
                name=f"ingester-{source.source_id}",
                argv=(sys.executable, "-m", "stream.ingester", source.source_id),
                # The digest is not read: it makes a source that changed a service that changed.
                environment=(*self._environment, ("VIGIL_SOURCE_DIGEST", source.digest)),
                restart="on_failure",
                log_path=log_directory / f"ingester-{source.source_id}.log" if log_directory else None,
            )
            for source in self._stored.values()
        ]


def stored_source(source: SourceSettings) -> StoredSource:
    """Return the source as it is registered: with the clips that its models want.

    Raises:
        ValueError: a model is unknown, has no weights or does not read video, or nothing can be read from the
            address; the message names the source.
    """
    specs = {}
    try:
        address = complete_address(source.url.get_secret_value())
    except ValueError as error:
        raise ValueError(f"source {source.id}: {error}") from error
    for name in source.models:
        card = find_card(name)
        if card.clip_spec is None:
            raise ValueError(
                f"source {source.id}: the model {name} scores no live clips; choose one with a clip_spec, "
                f"or read whole recordings with `vigil analyze --model {name}`"
            )
        if not is_servable(card):
            raise ValueError(
                f"source {source.id}: the model {name} has no weights; bring them by `vigil models import`"
            )
        specs[name] = serving_spec(card)
    return StoredSource(
        source_id=source.id,
        url=address,
        models=specs,
        loop=source.loop,
        privacy=source.privacy,
    )


def ingest_values(settings: Settings) -> dict[str, float | int]:
    """Return what an ingester needs to know, as plain values."""
    return {
        **settings.ingest.model_dump(),
        "frames_per_chunk": settings.frames.frames_per_chunk,
        "retention_seconds": settings.frames.retention_seconds,
        "deadline_seconds": settings.worker.deadline_seconds,
        "max_backlog_clips": settings.worker.max_backlog_clips,
    }
