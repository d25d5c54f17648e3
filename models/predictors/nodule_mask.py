"""Outlines lung nodules in CT, slice by slice, by a Mask R-CNN, and joins what touches from slice to slice."""

from collections.abc import Generator
from pathlib import Path
from typing import Any

import numpy as np
from scipy.ndimage import label

from models.detection.finding import find_objects
from models.detection.found import FoundObjects
from models.imaging.answer import Finding, ImagingAnswer, Progress, Reading
from models.imaging.finished import finish
from models.imaging.picture_tensor import to_picture
from models.imaging.volume import StoredVolume
from models.imaging.volume_needs import VolumeNeeds
from models.imaging.voxel_grid import VoxelGrid
from models.nodules.lung_mask import CoarseScan, Lungs, find_lungs
from models.nodules.lung_scan import require_hounsfield
from models.nodules.ranking import NODULE
from models.nodules.slices import seen_slice
from models.predictor import ModelCard
from models.predictors.nodules import CT_NEEDS, NO_LUNG
from models.predictors.picture_model import ready_network
from models.predictors.picture_objects import LEAST_SCORE, OVERLAP, TILE
from models.runtime.options import RuntimeOptions
from models.samples import Image


def build_nodule_mask(card: ModelCard, options: RuntimeOptions) -> "NoduleMasks":
    """Return what serves the slice-wise detector with the weights of its card."""
    return NoduleMasks(card, ready_network(card, options))


class NoduleMasks:
    """Answers for CT of the chest with axial slices."""

    accepts: type[Image] | type[StoredVolume] = StoredVolume

    def __init__(self, card: ModelCard, network: Any) -> None:
        self.name, self.card = card.name, card
        self.needs: VolumeNeeds | None = CT_NEEDS
        self._network = network

    def read(self, sample: Image | StoredVolume, *, scratch: Path) -> Reading:
        if not isinstance(sample, StoredVolume):
            raise ValueError(f"{self.name} reads CT volumes, got a picture: {sample.source_id}")
        CT_NEEDS.require(sample)
        if sample.orientation[0] not in "SI":
            raise ValueError(
                f"{sample.source_id}: required axial slices, found {sample.orientation}; reorient the volume, or "
                "choose the model nodules, which reads any orientation"
            )
        coarse = CoarseScan(sample.grid)
        for done, start in enumerate(coarse.starts, 1):
            coarse.take(start, sample.read_slab)
            yield Progress(done, len(coarse.starts), "slabs")
        require_hounsfield(coarse.voxels, sample.source_id)
        lungs = find_lungs(coarse)
        scores = np.zeros(sample.grid.shape, np.uint8)
        if not lungs.are_there:
            return ImagingAnswer({}, scores, remarks=(NO_LUNG,))
        yield from self._outline(sample, lungs, scores)
        return _answer(scores, sample.grid)

    def _outline(self, sample: StoredVolume, lungs: Lungs, scores: np.ndarray) -> Generator[Progress, None, None]:
        """Write the score of every voxel that is in a mask, 1 to 255."""
        depths, rows, columns = (
            slice(part.start, min(part.stop, count)) for part, count in zip(lungs.box(), sample.grid.shape, strict=True)
        )
        spacing = (sample.spacing_mm[1], sample.spacing_mm[2])
        for index in range(depths.start, depths.stop):
            plane = sample.read_slab(index, index + 1)[0, 0, rows, columns]
            picture = seen_slice(plane, spacing)
            where = scores[index, rows, columns]
            np.maximum(where, _pasted(self._look(picture), picture.shape, plane.shape), out=where)
            yield Progress(index + 1 - depths.start, depths.stop - depths.start, "slices")

    def _look(self, picture: np.ndarray) -> FoundObjects:
        options, device = self.card.serving_options, next(self._network.parameters()).device
        pixels = to_picture(np.repeat(picture[..., None], 3, axis=-1)).to(device)
        tile, overlap = options.get("tile", TILE), options.get("overlap", OVERLAP)
        found = finish(find_objects(self._network, pixels, tile=tile, overlap=overlap))
        return found.at_least(options.get("least_score", LEAST_SCORE))


def _pasted(found: FoundObjects, seen: tuple[int, ...], size: tuple[int, ...]) -> np.ndarray:
    """Return the scores of objects, 1 to 255, in a slice of the scan's own size, uint8."""
    plane = np.zeros(seen, np.uint8)
    for mask, score in zip(found.masks, found.scores, strict=True):
        where = plane[mask.place]
        np.maximum(where, mask.mask * np.uint8(max(round(255 * float(score)), 1)), out=where)
    rows, columns = (
        np.minimum(((np.arange(new) + 0.5) * old / new).astype(int), old - 1)
        for new, old in zip(size, seen, strict=True)
    )
    return np.asarray(plane[rows[:, None], columns])


def _answer(scores: np.ndarray, grid: VoxelGrid) -> ImagingAnswer:
    """Join masks that touch, within a slice or from one to the next, and rank what they make."""
    parts, count = label(scores > 0, structure=np.ones((3, 3, 3)))
    found = []
    for number in range(1, count + 1):
        voxels = np.argwhere(parts == number)
        x, y, z = (round(float(at), 3) for at in grid.positions_mm(voxels.mean(0)[None])[0])
        diameter = (6 * len(voxels) * grid.voxel_mm3 / np.pi) ** (1 / 3)
        score = float(scores[tuple(voxels.T)].max()) / 255
        found.append(Finding(NODULE, round(score, 4), (x, y, z), round(float(diameter), 2), number))
    return ImagingAnswer(
        {one.number: NODULE for one in found},
        parts.astype(np.uint16),
        scores={one.number: one.score for one in found},
        findings=tuple(sorted(found, key=lambda one: -one.score)),
    )
