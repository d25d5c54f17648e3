"""`vigil evaluate` of pictures: what was found, held against what is there."""

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import yaml
from typer.testing import CliRunner

from app.cli import app
from app.evaluation.pictures.config import PictureEvaluationConfig
from app.imaging.picture_results import write_picture_results
from models.detection.found import FoundObjects, PlacedMask, to_detections
from models.samples import Image
from models.simulation.thorax.scan import ThoraxScan
from tests.app.training.made_pictures import disc_picture, write_coco_pictures, write_label_maps


def evaluate(folder: Path, **changes: Any) -> tuple[int, str]:
    config = {
        "kind": "pictures",
        "name": "discs",
        "data": {"layout": "label_maps", "pictures": "data"},
        "labels": ["disc"],
        "predictions": "found",
        "resampling": {"num_resamples": 20},
        **changes,
    }
    (folder / "evaluate.yaml").write_text(yaml.safe_dump(config))
    result = CliRunner().invoke(app, ["evaluate", str(folder / "evaluate.yaml"), "--out", str(folder / "report")])
    return result.exit_code, result.output


def write_found(folder: Path, seed: int, *, without_first: bool = False) -> None:
    """Write what a model would leave that finds every disc, or all but the first."""
    pixels, instances = disc_picture(seed)
    masks = []
    for number in range(2 if without_first else 1, instances.max() + 1):
        rows, columns = np.nonzero(instances == number)
        corner = int(rows.min()), int(columns.min())
        part = instances[corner[0] : int(rows.max()) + 1, corner[1] : int(columns.max()) + 1]
        masks.append(PlacedMask(corner, part == number))
    boxes = [(one.place[1].start, one.place[0].start, one.place[1].stop, one.place[0].stop) for one in masks]
    scores = np.linspace(0.9, 0.8, len(masks)).astype(np.float32)
    found = FoundObjects(np.array(boxes, np.float32), np.ones(len(masks), np.int64), scores, tuple(masks))
    detections = to_detections(found, ("disc",), instances.shape)
    folder.mkdir(exist_ok=True)
    write_picture_results(folder, f"p{seed}_img", Image(pixels, f"p{seed}_img.png"), detections, ("disc",))


def test_objects_are_judged_by_cocos_measure_and_the_bowls(tmp_path: Path) -> None:
    write_label_maps(tmp_path / "data", 4)
    for seed in range(4):
        write_found(tmp_path / "found", seed, without_first=seed == 0)
    code, output = evaluate(tmp_path)
    assert code == 0, output
    report = json.loads((tmp_path / "report" / "report.json").read_text())
    # Of twelve discs eleven were found, each exactly; one picture has 2 of 3.
    assert report["instances"]["dsb_score"]["value"] == pytest.approx((3 + 2 / 3) / 4, abs=1e-4)
    assert report["instances"]["recall_iou50"]["value"] == pytest.approx(11 / 12, abs=1e-4)
    for kind in ("coco_masks", "coco_boxes"):
        assert report[kind]["ap75"]["value"] == pytest.approx(92 / 101, abs=1e-3)
        assert report[kind]["ap"]["low"] <= report[kind]["ap"]["value"] <= report[kind]["ap"]["high"]
        assert set(report[kind]["curves"]) == {"IoU 0.5", "IoU 0.75", "IoU 0.9"}
        assert "<svg" in (tmp_path / "report" / "report.html").read_text()


def test_pictures_without_an_answer_are_named_and_the_exit_code_says_so(tmp_path: Path) -> None:
    write_label_maps(tmp_path / "data", 2)
    write_found(tmp_path / "found", 0)
    code, output = evaluate(tmp_path)
    assert code == 3, output
    assert "p1" in (tmp_path / "report" / "report.md").read_text()


def test_classes_are_judged_by_their_overlap(tmp_path: Path) -> None:
    write_label_maps(tmp_path / "data", 3, classes=True)
    (tmp_path / "found").mkdir()
    for seed in range(3):
        classes = (disc_picture(seed)[1] > 0).astype(np.uint8)
        cv2.imwrite(str(tmp_path / "found" / f"p{seed}_labels.png"), classes)
    code, output = evaluate(tmp_path, judge="classes")
    assert code == 0, output
    report = json.loads((tmp_path / "report" / "report.json").read_text())
    assert report["masks"]["dice"]["value"] == 1


def test_boxes_of_coco_files_are_judged_without_outlines(tmp_path: Path) -> None:
    path = write_coco_pictures(tmp_path / "data", 2, outlines=False)
    for seed in range(2):
        write_found(tmp_path / "found", seed)
    data = {"layout": "coco", "pictures": "data", "annotations": str(path)}
    code, output = evaluate(tmp_path, data=data)
    assert code == 0, output
    report = json.loads((tmp_path / "report" / "report.json").read_text())
    assert report["coco_boxes"]["ap"]["value"] == pytest.approx(1, abs=1e-3)
    assert "coco_masks" not in report
    assert "instances" not in report


def test_results_of_another_size_are_refused_by_name(tmp_path: Path) -> None:
    write_label_maps(tmp_path / "data", 1)
    (tmp_path / "found").mkdir()
    cv2.imwrite(str(tmp_path / "found" / "p0_labels.png"), np.zeros((9, 9), np.uint8))
    code, output = evaluate(tmp_path)
    assert code == 1
    assert "p0_labels.png: must be as large as its picture" in output.replace("\n", "")


@pytest.mark.parametrize(("name", "folder"), [("nuclei", "nuclei"), ("nodule_patches", "nodules")])
def test_the_shipped_evaluations_are_right(name: str, folder: str) -> None:
    path = Path(__file__).resolve().parents[4] / "configs" / "evaluate" / f"{name}.yaml"
    shared = path.parents[3] / "shared" / "data" / folder
    assert PictureEvaluationConfig.load(path).data.pictures == shared.resolve()


def write_ct_slice(folder: Path) -> None:
    """Write the slice through a simulated nodule as a grey picture from -1350 to 150 HU."""
    scan = ThoraxScan(60_002, size=256, num_slices=24, slice_mm=2.0, num_nodules=4)
    is_nodule = scan.labels == 2
    index = int(is_nodule.sum((1, 2)).argmax())
    shades = np.clip((scan.volume.voxels[0, index] + 1350) / 1500 * 255, 0, 255)
    (folder / "patient").mkdir(parents=True)
    part = np.s_[60:190, 20:240]
    cv2.imwrite(str(folder / "patient" / "a_img.png"), shades[part].astype(np.uint8))
    cv2.imwrite(str(folder / "patient" / "a_mask.png"), is_nodule[index][part].astype(np.uint8) * 255)
    (folder / "table.csv").write_text(f"id,pixel_mm\na,{scan.grid.spacing_mm[1]}\n")


def test_slices_of_ct_are_read_by_a_model_that_reads_slice_by_slice(tmp_path: Path) -> None:
    write_ct_slice(tmp_path / "data")
    data = {"layout": "label_maps", "pictures": "data", "label_ending": "_mask", "table": "data/table.csv"}
    run = {"labels": ["nodule"], "predictions": None, "data": data}
    code, output = evaluate(tmp_path, **run, model="nodule_mask", ct_slices={"window_hu": [-1350, 150]})
    assert code == 0, output
    report = json.loads((tmp_path / "report" / "report.json").read_text())
    assert report["instances"]["recall_iou50"]["value"] == 1
    code, output = evaluate(tmp_path, **run, model="nodule_mask")
    assert code == 1
    assert "required a model that reads pictures" in output
