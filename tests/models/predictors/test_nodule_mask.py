"""The shipped detector of nodules, slice by slice, on scans that it never saw."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.detection.found import instance_layer
from models.evaluation.instances import instance_overlap
from models.imaging.finished import finish
from models.nodules.slices import neighbours
from models.registry import build_imaging_model
from models.samples import StoredVolume
from models.simulation.thorax.scan import ThoraxScan


@pytest.fixture(scope="module")
def scan() -> ThoraxScan:
    return ThoraxScan(60_002, size=256, num_slices=24, slice_mm=2.0, num_nodules=4)


@pytest.fixture(scope="module")
def model() -> Any:
    return build_imaging_model("nodule_mask", device="cpu", threads=1)


def test_a_nodule_in_a_slice_is_outlined(scan: ThoraxScan, model: Any) -> None:
    largest = max(scan.truth.nodules, key=lambda one: one.diameter_mm)
    is_nodule = scan.labels == largest.number
    index = int(is_nodule.sum((1, 2)).argmax())
    planes = scan.volume.voxels[0, list(neighbours(index, 24, 2.0))]
    found = model.outline_slice(planes, scan.grid.spacing_mm[1:])
    overlap = instance_overlap(is_nodule[index].astype(int), instance_layer(found, is_nodule[index].shape))
    assert overlap.ious.max() > 0.6
    assert overlap.num_found <= 4


@pytest.mark.slow
def test_nodules_of_a_scan_are_found_where_they_are(scan: ThoraxScan, model: Any, tmp_path: Path) -> None:
    volume = scan.volume
    stored = StoredVolume(
        grid=volume.grid, source_id="scan", modality="CT", intensity_unit="HU", read_slab=volume.read_slab
    )
    answer = finish(model.read(stored, scratch=tmp_path))
    places = np.array([one.centre_mm for one in answer.findings])
    true = [one for one in scan.truth.nodules if one.diameter_mm > 5]
    for nodule in true:
        distances = np.linalg.norm(places - nodule.centre_mm, axis=1)
        nearest = answer.findings[int(distances.argmin())]
        assert distances.min() < nodule.diameter_mm / 2
        assert nearest.diameter_mm == pytest.approx(nodule.diameter_mm, rel=0.4)
        assert answer.labels is not None
        assert (answer.labels == nearest.number).any()
