"""Says of every voxel of a volume which class it belongs to, by a network of valid convolutions."""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from models.imaging.answer import ImagingAnswer, Reading
from models.imaging.volume_needs import VolumeNeeds
from models.predictor import ModelCard
from models.predictors.trained import stored_network
from models.predictors.volume_segmenter import class_names
from models.runtime.options import RuntimeOptions, choose_device
from models.samples import Image, StoredVolume
from models.segmentation.overlap_tile import TiledNetwork, segment_tile_by_tile

USUAL_TILE = (28, 44, 44)
"""Output at once, as the paper's."""


class TiledSegmenter:
    """Labels voxels tile by tile, each from the same surroundings wherever the borders of the tiles lie.

    The logits of the whole volume are held in memory: it is for the volumes of microscopes, not for whole-body CT.

    Args:
        card: Of the model.
        network: In evaluation mode, on the device; reads values less their mean, divided by their deviation.
        tile: Output at once, voxels along D, H and W.
        device: Where the network lies.
        num_channels: That it reads.
        num_outputs: Classes.
    """

    accepts: type[Image] | type[StoredVolume] = StoredVolume

    def __init__(
        self,
        card: ModelCard,
        network: TiledNetwork,
        *,
        tile: tuple[int, ...] = USUAL_TILE,
        device: str = "cpu",
        num_channels: int = 1,
        num_outputs: int,
    ) -> None:
        self.name, self.card = card.name, card
        self.needs: VolumeNeeds | None = VolumeNeeds(num_channels=num_channels)
        self._network, self._tile, self._device = network, tile, device
        self._names = class_names(card, num_outputs=num_outputs)

    def read(self, sample: Image | StoredVolume, *, scratch: Path) -> Reading:
        """Read one volume as `ImagingModel.read` says."""
        if not isinstance(sample, StoredVolume):
            raise ValueError(f"{self.name} reads volumes, got a picture: {sample.source_id}")
        if self.needs is not None:
            self.needs.require(sample)
        voxels = torch.from_numpy(standardised(sample.load().voxels))
        logits: Tensor = yield from segment_tile_by_tile(self._network, voxels, tile=self._tile, device=self._device)
        return ImagingAnswer(self._names, logits.argmax(0).to(torch.uint8).numpy())


def build_tiled_segmenter(card: ModelCard, options: RuntimeOptions) -> TiledSegmenter:
    """Return a model that labels voxels tile by tile.

    Raises:
        ValueError: the model has no weights, or this machine lacks what is asked.
    """
    if options.threads:
        torch.set_num_threads(options.threads)
    device, network = choose_device(options.device), stored_network(card).eval()
    return TiledSegmenter(
        card,
        network.to(device),
        tile=tuple(card.serving_options.get("tile", USUAL_TILE)),
        device=device,
        num_channels=network.in_channels,
        num_outputs=network.num_classes,
    )


def standardised(voxels: np.ndarray) -> np.ndarray:
    """Return values less their mean over all channels, divided by their deviation, float32, (C, D, H, W)."""
    mean, deviation = float(voxels.mean(dtype=np.float64)), float(voxels.std(dtype=np.float64))
    return np.asarray((voxels - np.float32(mean)) / np.float32(max(deviation, 1e-6)), np.float32)
