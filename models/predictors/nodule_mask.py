"""Outlines lung nodules in CT, slice by slice, by a Mask R-CNN, and joins what touches from slice to slice."""

from collections.abc import Generator
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from scipy.ndimage import find_objects as places_of
from scipy.ndimage import label

from models.detection.finding import find_objects
from models.detection.found import FoundObjects, resized
from models.imaging.answer import Finding, ImagingAnswer, Progress, Reading
from models.imaging.finished import finish
from models.imaging.picture_tensor import to_picture
from models.imaging.volume import StoredVolume
from models.imaging.volume_needs import VolumeNeeds
from models.imaging.voxel_grid import VoxelGrid
from models.nodules.lung_mask import CoarseScan, Lungs, find_lungs
from models.nodules.lung_scan import require_hounsfield
from models.nodules.ranking import NODULE
from models.nodules.slices import neighbours, seen_slices
from models.predictor import ModelCard
from models.predictors.nodules import CT_NEEDS, NO_LUNG
from models.predictors.picture_model import ready_network
from models.predictors.picture_objects import LEAST_SCORE, OVERLAP, TILE
from models.runtime.options import RuntimeOptions
from models.samples import Image

SMALLEST_MM = 4.0
"""Diameter of the smallest nodules that were learned."""
_PLANES_KEPT = 16


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

    def outline_slice(
        self, planes: np.ndarray, spacing_mm: tuple[float, float], *, least_score: float | None = None
    ) -> FoundObjects:
        """Return the nodules of one axial slice, which may be a part of one.

        Args:
            planes: HU, (3, H, W): the slice below, the slice itself and the one above; where there is one alone, it
                stands for all three.
            spacing_mm: size of its pixels, along H and W.
            least_score: less sure ones are left out; None: as the card says.
        """
        options, device = self.card.serving_options, next(self._network.parameters()).device
        seen = seen_slices(planes, spacing_mm)
        tile, overlap = options.get("tile", TILE), options.get("overlap", OVERLAP)
        found = finish(find_objects(self._network, to_picture(seen).to(device), tile=tile, overlap=overlap))
        least = options.get("least_score", LEAST_SCORE) if least_score is None else least_score
        return resized(found.at_least(least), seen.shape[:2], planes.shape[1:])

    def _outline(self, sample: StoredVolume, lungs: Lungs, scores: np.ndarray) -> Generator[Progress, None, None]:
        """Write the score of every voxel that is in a mask, 1 to 255."""
        depths, rows, columns = lungs.box_within(sample.grid)
        slice_mm, *spacing = sample.spacing_mm

        @lru_cache(maxsize=_PLANES_KEPT)
        def plane(index: int) -> np.ndarray:
            return np.asarray(sample.read_slab(index, index + 1)[0, 0, rows, columns])

        for index in range(depths.start, depths.stop):
            planes = np.stack([plane(one) for one in neighbours(index, sample.grid.shape[0], slice_mm)])
            found = self.outline_slice(planes, (spacing[0], spacing[1]))
            for mask, score in zip(found.masks, found.scores, strict=True):
                where = scores[index, rows, columns][mask.place]
                np.maximum(where, mask.mask * np.uint8(max(round(255 * float(score)), 1)), out=where)
            yield Progress(index + 1 - depths.start, depths.stop - depths.start, "slices")


def _answer(scores: np.ndarray, grid: VoxelGrid) -> ImagingAnswer:
    """Join masks that touch, within a slice or from one to the next, and rank what they make.

    What only one slice shows is left out where slices lie so close that every nodule is in two of them.
    """
    touching, _ = label(scores > 0, structure=np.ones((3, 3, 3)))
    parts, found = np.zeros(scores.shape, np.uint16), list[Finding]()
    fewest_slices = 2 if grid.spacing_mm[0] <= SMALLEST_MM / 2 else 1
    for other, box in enumerate(places_of(touching), 1):
        if box[0].stop - box[0].start < fewest_slices:
            continue
        number = len(found) + 1
        parts[box][touching[box] == other] = number
        voxels = np.argwhere(parts[box] == number) + [edge.start for edge in box]
        x, y, z = (round(float(at), 3) for at in grid.positions_mm(voxels.mean(0)[None])[0])
        diameter = (6 * len(voxels) * grid.voxel_mm3 / np.pi) ** (1 / 3)
        score = float(scores[tuple(voxels.T)].max()) / 255
        found.append(Finding(NODULE, round(score, 4), (x, y, z), round(float(diameter), 2), number))
    return ImagingAnswer(
        {one.number: NODULE for one in found},
        parts,
        scores={one.number: one.score for one in found},
        findings=tuple(sorted(found, key=lambda one: -one.score)),
    )
