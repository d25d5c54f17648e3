"""The models that are ready at a time: as many as the memory holds, the least used put away first."""

import gc
import logging
from collections import OrderedDict
from collections.abc import Callable

from models.imaging.answer import ImagingModel

logger = logging.getLogger(__name__)


class ModelShelf:
    """Makes models ready when they are asked for, and keeps them while there is room.

    What a model takes is measured, not guessed: the memory in use before it is made ready and after it has read
    something. Until then it is taken to need what the largest so far took.

    Args:
        build: makes a model ready, by its name.
        used_bytes: measures what this process uses of the device.
        budget_bytes: what the models may use together; a single one is always admitted.
        release: gives back to the device what a model that was put away held.
    """

    def __init__(
        self,
        build: Callable[[str], ImagingModel],
        used_bytes: Callable[[], int],
        *,
        budget_bytes: int,
        release: Callable[[], None] = lambda: None,
    ) -> None:
        self._build, self._used_bytes, self._budget_bytes, self._release = build, used_bytes, budget_bytes, release
        self._models: OrderedDict[str, ImagingModel] = OrderedDict()
        self._sizes: dict[str, int] = {}
        """Bytes that each model was found to take, of those put away too."""
        self._before = 0

    @property
    def names(self) -> tuple[str, ...]:
        """Of the models that are ready, the one longest unused first."""
        return tuple(self._models)

    def get(self, name: str) -> ImagingModel:
        """Return a model that is ready.

        Raises:
            ValueError: it cannot be made ready; see `models.registry.build_imaging_model`.
        """
        if name not in self._models:
            self._make_room(self._sizes.get(name, max(self._sizes.values(), default=0)))
            self._before = self._used_bytes()
            self._models[name] = self._build(name)
            self.measure(name)
        self._models.move_to_end(name)
        return self._models[name]

    def measure(self, name: str) -> None:
        """Take note of what the model that was made ready last takes; call it again once that has read something."""
        if next(reversed(self._models), None) == name:
            self._sizes[name] = max(self._sizes.get(name, 0), self._used_bytes() - self._before)

    def _make_room(self, wanted_bytes: int) -> None:
        while self._models and self._taken_bytes() + wanted_bytes > self._budget_bytes:
            name, _ = self._models.popitem(last=False)
            logger.info("put the model %s away: %.0f MB for another", name, self._sizes[name] / 1e6)
        gc.collect()
        self._release()

    def _taken_bytes(self) -> int:
        return sum(self._sizes[name] for name in self._models)
