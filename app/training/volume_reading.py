"""Reads volumes with what was annotated in them, whatever formats they are in."""

import numpy as np

from models.imaging.orientation import onto_grid, placed_in
from models.imaging.voxel_grid import VoxelGrid
from models.predictors.volume_tiles import standardised
from models.samples import StoredVolume
from models.training.volumes.annotation import UNLABELLED, Annotation, Slices
from models.training.volumes.config import SliceConfig, VolumesConfig, VolumeSource
from models.training.volumes.patches import TaughtVolume
from stream.imaging.label_files import LabelMap, read_label_map
from stream.imaging.opening import open_volume


def annotation_of(config: VolumesConfig) -> Annotation:
    """Return how the numbers of the label maps are meant."""
    border = config.border
    return Annotation(
        config.labels,
        config.are_instances,
        config.class_weights,
        border_weight=border.weight if border else 0.0,
        sigma_voxels=border.sigma_voxels if border else 2.0,
    )


def read_taught(source: VolumeSource, config: VolumesConfig) -> TaughtVolume:
    """Return a volume as the network reads it, with its annotation.

    Raises:
        SourceRefused: volume or label map cannot be read.
        ValueError: they do not fit each other, or the numbers are of no class; the message names the label map.
    """
    stored = open_source(source)
    found = read_label_map(source.labels, spacing_mm=source.spacing_mm)
    try:
        numbers = _placed(found, stored.grid)
        if config.unlabelled is not None:
            numbers = np.where(numbers == config.unlabelled, UNLABELLED, numbers)
        slices = slices_of(source.slices) if source.slices else None
        targets, weights = annotation_of(config).teach(numbers, slices)
    except ValueError as error:
        raise ValueError(f"{source.labels}: {error}") from error
    return taught_volume(stored, targets, weights)


def open_source(source: VolumeSource) -> StoredVolume:
    """Open a volume.

    Raises:
        SourceRefused: it cannot be read.
    """
    return open_volume(source.image, spacing_mm=source.spacing_mm)


def taught_volume(stored: StoredVolume, targets: np.ndarray, weights: np.ndarray) -> TaughtVolume:
    """Return a volume with what is taught of it, its values as the network reads them."""
    voxels = standardised(stored.load().voxels)
    return TaughtVolume(stored.source_id, voxels, targets, weights, spacing=stored.spacing_mm)


def slices_of(config: SliceConfig) -> Slices:
    """Return the annotated slices by axis."""
    named = {0: config.depth, 1: config.height, 2: config.width}
    return {axis: indices for axis, indices in named.items() if indices}


def _placed(found: LabelMap, grid: VoxelGrid) -> np.ndarray:
    """Return the numbers in the order of the volume's voxels; a map of some slices leaves the others unlabelled."""
    if found.grid is None:
        raise ValueError("required a label map of a volume, found a picture; write the slices as one volume")
    if found.grid.shape == grid.shape and found.grid.is_like(grid):
        return found.labels
    if sorted(found.grid.shape) == sorted(grid.shape):
        return onto_grid(found.labels, found.grid, grid)
    return placed_in(found.labels + 1, found.grid, grid) + UNLABELLED
