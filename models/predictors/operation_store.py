"""Keeps what is remembered of operations in a folder, so that another worker can go on where one has died."""

import hashlib
import json
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from safetensors import SafetensorError, safe_open
from safetensors.torch import save

from models.networks.surgical_phase import PhaseState
from models.results import Result, result_from_json, result_to_json
from models.whole_file import whole_file

logger = logging.getLogger(__name__)

_SUFFIX = ".operation.safetensors"


@dataclass(frozen=True, eq=False)
class KeptOperation:
    """An operation as it stood when it was kept."""

    state: PhaseState
    answer: Result
    """The last one."""
    first_frame: int
    """Identity of the oldest frame that is still known as answered."""
    last_frame: int
    """Identity of the newest frame that was answered."""


class OperationStore:
    """A folder with a small file for each source.

    Args:
        folder: made when missing; workers of one machine share it.
        weights: fingerprint of the weights; what others remembered is not read.
        forget_seconds: what was kept longer ago is not read either.
        clock: Seconds since 1970.
    """

    def __init__(
        self, folder: Path, *, weights: str, forget_seconds: float, clock: Callable[[], float] = time.time
    ) -> None:
        self._folder = folder
        self._weights = weights
        self._forget_seconds = forget_seconds
        self._clock = clock

    def keep(self, source_id: str, operation: KeptOperation) -> None:
        """Write an operation over what was kept of its source; a disk that is full only costs the copy."""
        state = operation.state
        tensors = {"hidden": state.hidden, "cell": state.cell}
        if state.belief is not None:
            tensors["belief"] = state.belief
        about = {
            "weights": self._weights,
            "kept_at": repr(self._clock()),
            "answer": json.dumps(result_to_json(operation.answer)),
            "first_frame": str(operation.first_frame),
            "last_frame": str(operation.last_frame),
        }
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with whole_file(self._path(source_id)) as draft:
                draft.write_bytes(save({name: tensor.contiguous() for name, tensor in tensors.items()}, about))
        except OSError as error:
            logger.warning("an operation was not kept: source_id=%s reason=%s", source_id, error)

    def find(self, source_id: str) -> KeptOperation | None:
        """Return what was kept of a source, unless it is too old, of other weights or damaged."""
        path = self._path(source_id)
        if not path.exists():
            return None
        try:
            with safe_open(path, framework="pt") as file:
                about = file.metadata()
                tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  # no dict
            is_of_use = about["weights"] == self._weights and self._is_fresh(float(about["kept_at"]))
            state = PhaseState(tensors["hidden"], tensors["cell"], tensors.get("belief"))
            kept = KeptOperation(state, _read(about["answer"]), int(about["first_frame"]), int(about["last_frame"]))
        except (OSError, SafetensorError, KeyError, TypeError, ValueError) as error:
            logger.warning("what was kept of an operation cannot be read: path=%s reason=%s", path, error)
            return None
        return kept if is_of_use else None

    def _is_fresh(self, kept_at: float) -> bool:
        return 0 <= self._clock() - kept_at <= self._forget_seconds

    def _path(self, source_id: str) -> Path:
        return self._folder / (hashlib.sha256(source_id.encode()).hexdigest()[:24] + _SUFFIX)


def _read(answer: str) -> Result:
    return result_from_json(json.loads(answer))
