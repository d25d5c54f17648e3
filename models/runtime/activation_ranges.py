"""The ranges of numbers that the layers of a network read, which eight-bit arithmetic has to know.

They are seen while a model runs on real video (`vigil models calibrate`) and kept in `int8/<model>.json` among the
trained models. A network finds its own by its weights: ranges of other weights are never taken.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Lock
from typing import Any

from torch import nn

from models.runtime.weights_key import weights_key
from models.store.stored_models import calibration_path
from models.whole_file import whole_file

Ranges = Mapping[str, tuple[float, float]]
"""The least and greatest number that each layer reads, by its name in the network."""


class RangeRecorder:
    """Told what the layers of some networks read, whichever threads run them."""

    def __init__(self) -> None:
        self.networks: dict[str, dict[str, tuple[float, float]]] = {}
        """Ranges by the `weights_key` of each network."""
        self._lock = Lock()

    def see(self, key: str, layer: str, least: float, greatest: float) -> None:
        with self._lock:
            ranges = self.networks.setdefault(key, {})
            known = ranges.get(layer, (least, greatest))
            ranges[layer] = (min(known[0], least), max(known[1], greatest))


@dataclass(frozen=True)
class Calibration:
    """The ranges of all networks of a model, and what they were seen on."""

    model: str
    videos: tuple[str, ...]
    num_clips: int
    agreement: float
    """Share of the clips of videos kept apart for which eight bits and float32 say the same first."""
    mean_difference: float
    """Of their scores."""
    networks: dict[str, dict[str, tuple[float, float]]]

    def save(self) -> Path:
        """Write it where `find_ranges` looks, whole or not at all, and return the file.

        Raises:
            OSError: the directory cannot be written to.
        """
        path = calibration_path(self.model)
        path.parent.mkdir(parents=True, exist_ok=True)
        with whole_file(path) as draft:
            draft.write_text(json.dumps(asdict(self), indent=1), encoding="utf-8")
        return path


def find_ranges(network: nn.Module) -> Ranges:
    """Return the ranges of a network's layers.

    Raises:
        ValueError: no model with these weights was calibrated, or its file is damaged.
    """
    key = weights_key(network)
    for path in sorted(calibration_path("any").parent.glob("*.json")):
        ranges = _read_networks(path).get(key)
        if ranges is not None:
            return {layer: (float(least), float(greatest)) for layer, (least, greatest) in ranges.items()}
    raise ValueError(
        'arithmetic "int8" needs to know what the layers of the model read, and no calibration is of these weights; '
        "run `vigil models calibrate MODEL VIDEO ...` on some ordinary video, or choose another arithmetic"
    )


def _read_networks(path: Path) -> dict[str, Any]:
    try:
        networks = json.loads(path.read_text(encoding="utf-8"))["networks"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ValueError(
            f"{path} must be a calibration of `vigil models calibrate`, it cannot be read: {error}"
        ) from error
    return dict(networks)
