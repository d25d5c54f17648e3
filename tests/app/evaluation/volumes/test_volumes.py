"""`vigil evaluate` of volumes: what a model finds in three dimensions, held against what is there."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from typer.testing import CliRunner

from app.cli import app
from app.evaluation.volumes.config import VolumeEvaluationConfig
from models.training.pictures.config import DetectionConfig
from stream.imaging.writing.label_maps import write_label_volume
from stream.imaging.writing.volume_files import write_volume
from tests.models.nodules.made_lungs import make_scan

BALLS = [((-45.0, 0.0, 10.0), 14.0, 40.0), ((45.0, 10.0, -12.0), 12.0, 40.0)]


def write_scan(folder: Path) -> None:
    """Write a scan with two balls in its lungs as NIfTI, with its label map beside it."""
    folder.mkdir()
    empty, scan = make_scan(), make_scan(BALLS)
    is_ball, middle = scan.voxels[0] != empty.voxels[0], scan.grid.shape[2] // 2
    labels = np.where(is_ball, np.where(np.arange(scan.grid.shape[2]) < middle, 1, 2), 0)
    write_volume(folder / "a.nii.gz", scan)
    write_label_volume(folder / "a_labels.nii.gz", labels, scan.grid)


def evaluate(folder: Path, **changes: Any) -> tuple[int, str]:
    data = {"layout": "label_maps", "pictures": "data", "picture_ending": ""}
    config = {"kind": "volumes", "name": "balls", "labels": ["nodule"], "model": "nodules", "data": data, **changes}
    (folder / "evaluate.yaml").write_text(yaml.safe_dump(config))
    result = CliRunner().invoke(app, ["evaluate", str(folder / "evaluate.yaml"), "--out", str(folder / "report")])
    return result.exit_code, result.output


def test_objects_of_volumes_are_judged_by_their_overlap_in_three_dimensions(tmp_path: Path) -> None:
    write_scan(tmp_path / "data")
    code, output = evaluate(tmp_path)
    assert code == 0, output
    report = json.loads((tmp_path / "report" / "report.json").read_text())
    assert report["facts"]["Volumes"] == "1, with 2 objects"
    assert report["volume_masks"]["ap50"]["value"] == pytest.approx(1)
    assert report["volume_boxes"]["ap50"]["value"] == pytest.approx(1)
    assert report["instances"]["recall_iou50"]["value"] == 1
    assert "Detection in 3D: masks" in (tmp_path / "report" / "report.md").read_text()


def test_a_part_of_a_volume_is_judged_by_itself(tmp_path: Path) -> None:
    write_scan(tmp_path / "data")
    width = make_scan().grid.shape[2]
    pair = {
        "picture": "data/a.nii.gz",
        "labels": "data/a_labels.nii.gz",
        "part": [[0, 60], [0, 97], [width // 2, width]],
    }
    code, output = evaluate(tmp_path, data={"layout": "pairs", "pairs": [pair]})
    assert code == 0, output
    assert json.loads((tmp_path / "report" / "report.json").read_text())["facts"]["Volumes"] == "1, with 1 objects"


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"model": "nuclei"}, "nuclei reads no volumes"),
        ({"data": {"layout": "coco", "pictures": "data", "annotations": "x.json"}}, "pairs or label_maps"),
        ({"data": {"layout": "label_maps", "pictures": "nothing"}}, "at least one volume"),
    ],
)
def test_what_cannot_be_judged_is_refused(tmp_path: Path, changes: dict[str, Any], complaint: str) -> None:
    code, output = evaluate(tmp_path, **changes)
    assert code in (1, 2)
    assert complaint in output


def test_the_shipped_recipe_and_its_evaluation_keep_to_their_parts_of_the_volume() -> None:
    configs = Path(__file__).resolve().parents[4] / "configs"
    recipe = DetectionConfig.load(configs / "train" / "nuclei3d_objects.yaml")
    judged = VolumeEvaluationConfig.load(configs / "evaluate" / "nuclei3d_objects.yaml")
    assert recipe.test_data is not None
    assert judged.data.pairs == recipe.test_data.pairs
    learned = [pair.part for pair in recipe.data.pairs if pair.part]
    assert all(part[2][0] >= learned[0][2][1] for pair in judged.data.pairs if (part := pair.part))
