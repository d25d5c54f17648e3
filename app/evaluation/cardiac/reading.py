"""Reads patients of Sunnybrook Cardiac Data: two phases of the heart, each a volume with the ventricle labelled."""

import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models.datasets.sunnybrook import KnownVolumes, read_inner_contours, read_known_volumes
from models.imaging.voxel_grid import VoxelGrid
from models.samples import StoredVolume, Volume
from models.simulation.echo.truth import fill_contour
from stream.errors import StreamError
from stream.imaging.opening import open_volume

_MM3_A_ML = 1000


@dataclass(frozen=True, eq=False)
class Phase:
    """One moment of a heart."""

    volume: Volume
    """The middle of the pictures, all slices."""
    labels: np.ndarray
    """1 within the inner border as experts drew it, else 0, uint8, (D, H, W)."""

    @property
    def volume_ml(self) -> float:
        return ventricle_ml(self.labels, self.volume.grid)

    @property
    def drawn(self) -> tuple[int, ...]:
        """The slices in which the ventricle was drawn."""
        return tuple(int(index) for index in np.flatnonzero(self.labels.any((1, 2))))

    def stored(self) -> StoredVolume:
        """Return the volume as models read it."""
        return StoredVolume(grid=self.volume.grid, source_id=self.volume.source_id, read_slab=self.volume.read_slab)


@dataclass(frozen=True, eq=False)
class Patient:
    """One patient."""

    known: KnownVolumes
    diastole: Phase
    systole: Phase

    @property
    def phases(self) -> tuple[Phase, Phase]:
        return self.diastole, self.systole


def read_patients(data: Path, unpacked: Path, *, crop: int) -> list[Patient]:
    """Return all patients, the pictures unpacked into a folder.

    Raises:
        ValueError: a file is missing or cannot be read; the message names it.
    """
    return [
        _read_patient(data / known.patient, known, unpacked, crop) for known in read_known_volumes(data / "labels.csv")
    ]


def ventricle_ml(labels: np.ndarray, grid: VoxelGrid) -> float:
    """Return the volume of what is labelled."""
    return float((labels > 0).sum() * grid.voxel_mm3 / _MM3_A_ML)


def _read_patient(folder: Path, known: KnownVolumes, unpacked: Path, crop: int) -> Patient:
    place = unpacked / known.patient
    if not place.exists():
        try:
            with tarfile.open(folder / "dicom.tar.xz") as archive:
                archive.extractall(place, filter="data")
        except (OSError, tarfile.TarError) as error:
            raise ValueError(
                f"{folder / 'dicom.tar.xz'}: required the packed pictures of a patient: {error}"
            ) from error
    contours = read_inner_contours(folder / "contours")
    try:
        phases = [_read_phase(open_volume(location), contours, crop) for location in _phases(place)]
    except StreamError as error:
        raise ValueError(str(error)) from error
    systole, diastole = sorted(phases, key=lambda phase: phase.volume_ml)
    return Patient(known, diastole, systole)


def _phases(place: Path) -> list[str]:
    """Return the locations of both phases; a cine of two is refused as one volume, with the number of its series."""
    from stream.imaging.budget import Budget
    from stream.imaging.dicom.series import find_series

    series = find_series(place, Budget()).series
    if len(series) != 1:
        raise ValueError(f"{place}: required one series of two phases, found {len(series)} series")
    return [f"{place}#{series[0].number}:{phase}" for phase in (0, 1)]


def _read_phase(stored: StoredVolume, contours: Mapping[int, np.ndarray], crop: int) -> Phase:
    whole = stored.load()
    depth, height, width = whole.grid.shape
    labels = np.zeros((depth, height, width), np.uint8)
    for index, reference in enumerate(stored.references):
        contour = contours.get(int(Path(reference).stem))
        if contour is not None:
            labels[index] = fill_contour(contour, (height, width))
    top, left = (height - crop) // 2, (width - crop) // 2
    affine = whole.grid.affine.copy()
    affine[:3, 3] = whole.grid.positions_mm(np.array([[0, top, left]]))[0]
    box = (slice(None), slice(top, top + crop), slice(left, left + crop))
    voxels = np.ascontiguousarray(whole.voxels[:, *box])
    grid = VoxelGrid((depth, crop, crop), affine)
    return Phase(Volume(voxels=voxels, grid=grid, source_id=whole.source_id), labels[box])
