"""What serves models of pictures has this in common: a network with the weights of its card, and only pictures read."""

from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any

import torch

from models.imaging.answer import Reading
from models.imaging.picture import Image
from models.imaging.volume import StoredVolume
from models.imaging.volume_needs import VolumeNeeds
from models.predictor import ModelCard
from models.predictors.trained import stored_network
from models.runtime.options import RuntimeOptions, choose_device


class PictureModel(ABC):
    """Reads pictures with one network.

    Args:
        card: Of the model.
        network: With its weights, in evaluation mode, where it shall run.
    """

    accepts: type[Image] | type[StoredVolume] = Image
    needs: VolumeNeeds | None = None

    def __init__(self, card: ModelCard, network: Any) -> None:
        self.name, self.card = card.name, card
        self._network = network

    def read(self, sample: Image | StoredVolume, *, scratch: Path) -> Reading:
        """Read a picture.

        Raises:
            ValueError: the sample is no picture.
        """
        if not isinstance(sample, Image):
            raise ValueError(f"{self.name} reads pictures, {sample.source_id} is a volume; choose a model for volumes")
        return (yield from self._read_picture(sample))

    @abstractmethod
    def _read_picture(self, picture: Image) -> Reading:
        """Do the work, saying how far it is."""


def ready_network(card: ModelCard, options: RuntimeOptions) -> Any:
    """Return the network of a card, with its weights, where it shall run."""
    if options.threads:
        torch.set_num_threads(options.threads)
    return stored_network(card).to(choose_device(options.device)).eval()
