"""Says of every voxel of a volume which class it belongs to, by a network that sees one window at a time."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor

from models.imaging.answer import ImagingAnswer, Reading
from models.imaging.sliding_window import label_volume
from models.imaging.volume_needs import VolumeNeeds
from models.predictor import ModelCard
from models.predictors.trained import stored_network
from models.runtime.options import RuntimeOptions
from models.runtime.preparing import prepare_for_inference
from models.runtime.ready import ReadyNetwork
from models.samples import Image, StoredVolume


@dataclass(frozen=True)
class SegmenterOptions:
    """What the `serving_options` of a card may say of a model that labels voxels."""

    window: tuple[int, int, int] = (64, 128, 128)
    """Voxels along D, H and W that the network sees at once."""
    overlap: float = 0.5
    """Share of a window that its neighbour sees too."""
    intensity: Literal["as_is", "range", "standard"] = "as_is"
    """How the network sees values: as they are, `low` to `high` as 0 to 1 and cut off beyond, or less the mean of the
    volume and divided by its deviation."""
    low: float = 0.0
    high: float = 1.0
    needs: VolumeNeeds = field(default_factory=VolumeNeeds)

    @classmethod
    def of(cls, card: ModelCard) -> "SegmenterOptions":
        """Read them from a card.

        Raises:
            ValueError: there is an option that no such model has, or a value that it cannot be.
        """
        told: dict[str, Any] = {key: _frozen(value) for key, value in card.serving_options.items()}
        needs = {key: _frozen(value) for key, value in dict(told.pop("needs", {})).items()}
        needs.setdefault("num_channels", int(card.network_options.get("in_channels", 1)))
        try:
            return cls(**told, needs=VolumeNeeds(**needs))
        except TypeError as error:
            raise ValueError(f"the card of {card.name} must state serving_options of a segmenter: {error}") from error


def build_volume_segmenter(card: ModelCard, options: RuntimeOptions) -> "VolumeSegmenter":
    """Return a model that labels voxels.

    Raises:
        ValueError: the model has no weights, its card states no such options, or this machine lacks what is asked.
    """
    serving = SegmenterOptions.of(card)
    example = torch.zeros(1, serving.needs.num_channels, *serving.window)
    network = stored_network(card).eval()
    ready = prepare_for_inference(network, example, options)
    return VolumeSegmenter(card, ready, serving, num_outputs=network.num_classes)


def class_names(card: ModelCard, *, num_outputs: int) -> dict[int, str]:
    """Return what the numbers of a label map stand for; 0 is the background.

    A card names all classes, the background first, or all but the background. The only class of a network with a single
    output is 1.

    Raises:
        ValueError: the card has another number of labels.
    """
    if num_outputs not in (len(card.labels), len(card.labels) + 1):
        raise ValueError(f"{card.name} has {num_outputs} outputs a voxel, its card names {', '.join(card.labels)}")
    is_background_named = num_outputs == len(card.labels) > 1
    labels = card.labels[1:] if is_background_named else card.labels
    return dict(enumerate(labels, start=1))


class VolumeSegmenter:
    """Labels voxels.

    Args:
        card: Of the model.
        network: Maps (1, C, *window) to scores (1, K, *window); a single one is held against 0.
        options: How the network sees the volume.
        num_outputs: K.

    Raises:
        ValueError: the card names another number of classes.
    """

    accepts = StoredVolume

    def __init__(self, card: ModelCard, network: ReadyNetwork, options: SegmenterOptions, *, num_outputs: int) -> None:
        self.name, self.card = card.name, card
        self.needs = options.needs
        self._network, self._options, self._num_outputs = network, options, num_outputs
        self._names = class_names(card, num_outputs=num_outputs)

    def read(self, sample: Image | StoredVolume, *, scratch: Path) -> Reading:
        if not isinstance(sample, StoredVolume):
            raise ValueError(f"{self.name} reads volumes, got a picture: {sample.source_id}")
        self._options.needs.require(sample)
        scale, shift = self._scaling(sample)
        low, high = (0.0, 1.0) if self._options.intensity == "range" else (-np.inf, np.inf)

        def seen(window: Tensor) -> Tensor:
            return self._network((window * scale + shift).clamp(low, high))

        labels = yield from label_volume(
            sample,
            seen,
            num_outputs=self._num_outputs,
            window=self._options.window,
            overlap=self._options.overlap,
        )
        return ImagingAnswer(self._names, labels)

    def _scaling(self, volume: StoredVolume) -> tuple[float, float]:
        """Return by what values are multiplied, and what is added then."""
        if self._options.intensity == "as_is":
            return 1.0, 0.0
        if self._options.intensity == "range":
            scale = 1 / (self._options.high - self._options.low)
            return scale, -self._options.low * scale
        mean, deviation = _moments(volume)
        return 1 / max(deviation, 1e-6), -mean / max(deviation, 1e-6)


def _moments(volume: StoredVolume) -> tuple[float, float]:
    """Return mean and standard deviation of the values, read slice by slice."""
    count, total, squares = 0, 0.0, 0.0
    for index in range(volume.grid.shape[0]):
        values = volume.read_slab(index, index + 1).astype(np.float64)
        count, total, squares = count + values.size, total + values.sum(), squares + np.square(values).sum()
    mean = total / count
    return mean, float(np.sqrt(max(squares / count - mean**2, 0.0)))


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
