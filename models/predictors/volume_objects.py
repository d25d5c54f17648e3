"""Serves a detector of volumes: objects as numbers in a label map, and as findings in the patient's coordinates."""

from pathlib import Path
from typing import Any

import numpy as np
import torch

from models.detection.finding import find_objects
from models.detection.found import FoundObjects, instance_layer
from models.imaging.answer import Finding, ImagingAnswer, Reading
from models.imaging.picture import Image
from models.imaging.unit_range import unit_range
from models.imaging.volume import StoredVolume
from models.imaging.volume_needs import VolumeNeeds
from models.imaging.voxel_grid import VoxelGrid
from models.predictor import ModelCard
from models.predictors.picture_model import ready_network
from models.predictors.picture_objects import LEAST_SCORE
from models.runtime.options import RuntimeOptions

TILE, OVERLAP = (96, 192, 192), 32


class VolumeObjects:
    """Finds the objects of volumes, tile by tile; the volume itself is held in memory."""

    accepts: type[Image] | type[StoredVolume] = StoredVolume

    def __init__(self, card: ModelCard, network: Any) -> None:
        self.name, self.card = card.name, card
        self.needs: VolumeNeeds | None = VolumeNeeds(num_channels=int(card.network_options.get("in_channels", 1)))
        self._network = network

    def read(self, sample: Image | StoredVolume, *, scratch: Path) -> Reading:
        """Find the objects of a volume.

        Raises:
            ValueError: the sample is a picture, or not what the model reads.
        """
        if isinstance(sample, Image):
            raise ValueError(f"{self.name} reads volumes, {sample.source_id} is a picture; choose a model for pictures")
        if self.needs is not None:
            self.needs.require(sample)
        options = self.card.serving_options
        tile, overlap = options.get("tile", TILE), options.get("overlap", OVERLAP)
        device = next(self._network.parameters()).device
        voxels = torch.from_numpy(unit_range(sample.load().voxels)).to(device)
        found = yield from find_objects(self._network, voxels, tile=tile, overlap=overlap)
        found, labels = found.at_least(options.get("least_score", LEAST_SCORE)), self.card.labels
        return ImagingAnswer(
            names={number: labels[index - 1] for number, index in enumerate(found.classes.tolist(), start=1)},
            labels=instance_layer(found, sample.grid.shape) if found.masks else None,
            scores=dict(enumerate(found.scores.tolist(), start=1)),
            findings=findings_of(found, labels, sample.grid),
        )


def build_volume_objects(card: ModelCard, options: RuntimeOptions) -> VolumeObjects:
    """Return what serves a detector of volumes with the weights of its card."""
    return VolumeObjects(card, ready_network(card, options))


def findings_of(found: FoundObjects, labels: tuple[str, ...], grid: VoxelGrid) -> tuple[Finding, ...]:
    """Return objects as findings, the surest first: the diameter is that of a ball as large as the mask, or the box."""
    findings = []
    for index, box in enumerate(found.boxes.astype(np.float64)):
        lower, upper = box[:3][::-1], box[3:][::-1]  # z, y, x
        size = found.masks[index].area if found.masks else float((upper - lower).prod()) * np.pi / 6
        x, y, z = (float(place) for place in grid.positions_mm(((lower + upper - 1) / 2)[None])[0])
        findings.append(
            Finding(
                labels[int(found.classes[index]) - 1],
                float(found.scores[index]),
                (x, y, z),
                float((6 * size * grid.voxel_mm3 / np.pi) ** (1 / 3)),
                number=index + 1 if found.masks else 0,
            )
        )
    return tuple(sorted(findings, key=lambda one: -one.score))
