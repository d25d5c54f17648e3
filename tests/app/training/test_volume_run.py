"""`vigil train` on volumes: annotated slices become dense labels, trained volumes teach about new ones."""

from pathlib import Path
from typing import Any

import cv2
import h5py
import numpy as np
import pytest

from models.evaluation.overlap import count_overlap
from models.imaging.finished import finish
from models.imaging.orientation import reorient
from models.imaging.voxel_grid import VoxelGrid
from models.predictor import ModelCard
from models.registry import build_imaging_model
from models.training.fitting import _Fitting
from stream.imaging.label_files import read_label_map
from stream.imaging.opening import open_volume
from stream.imaging.writing.label_maps import write_label_volume
from tests.app.training.made_runs import train
from tests.app.training.made_volumes import GRID, balls, write_balls, write_run

SLICES = {"depth": [5, 14], "height": [9], "width": [12]}
LONG = {"steps": 45, "batch_size": 2, "learning_rate": 0.02, "average_decay": 0.8}


def test_a_volume_annotated_in_slices_is_labelled_whole(tmp_path: Path) -> None:
    source = write_balls(tmp_path, 0, "cells")
    code, said = train(write_run(tmp_path, train=[{**source, "slices": SLICES}], fit=LONG))
    assert code == 0, said
    dense = read_label_map(tmp_path / "out" / "dense" / "cells_labels.nii.gz")
    assert dense.grid is not None
    assert dense.grid.is_like(GRID)
    assert count_overlap(balls(0)[1] > 0, dense.labels > 0).dice > 0.6
    card = ModelCard.load(tmp_path / "out" / "balls.json")
    assert "which it has seen" in card.metrics["measured_on"]
    for name in ("balls.safetensors", "loss.csv", "loss_validation.csv", "loss.png", "dense/cells_overlay.png"):
        assert (tmp_path / "out" / name).stat().st_size, name


@pytest.mark.slow
def test_what_was_learned_on_some_volumes_is_applied_to_a_new_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIGIL_MODELS_DIR", str(tmp_path / "models"))
    sources = [write_balls(tmp_path, seed, f"v{seed}") for seed in range(3)]
    run = write_run(tmp_path, train=sources[:2], test=sources[2:], fit=LONG)
    code, said = train(run, "out", "--install")
    assert code == 0, said
    card = ModelCard.load(tmp_path / "out" / "balls.json")
    assert card.metrics["measured_on"] == "volumes for testing"
    assert not (tmp_path / "out" / "dense").exists()
    answer = finish(
        build_imaging_model("balls", device="cpu").read(open_volume(tmp_path / "v2.nii.gz"), scratch=tmp_path)
    )
    assert answer.labels is not None
    found = count_overlap(balls(2)[1] > 0, answer.labels > 0).dice
    assert found == pytest.approx(card.metrics["ball_dice"]["value"], abs=0.02)
    assert found > 0.7


def test_a_killed_run_goes_on_to_the_same_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = write_run(tmp_path, train=[{**write_balls(tmp_path, 0, "cells"), "slices": SLICES}])
    assert train(run, "whole")[0] == 0
    save, saved = _Fitting._save, []

    def die_after_the_second_checkpoint(self: Any) -> None:
        save(self)
        saved.append(1)
        if len(saved) == 2:
            raise KeyboardInterrupt

    with monkeypatch.context() as context:
        context.setattr(_Fitting, "_save", die_after_the_second_checkpoint)
        assert train(run, "killed")[0] != 0
    code, said = train(run, "killed")
    assert code == 0, said
    for name in ("balls.safetensors", "balls.json", "loss.csv", "loss_validation.csv", "dense/cells_labels.nii.gz"):
        assert (tmp_path / "killed" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes(), name


@pytest.mark.parametrize("form", ["turned", "some slices", "numbers for unlabelled", "instances"])
def test_annotation_is_read_in_whatever_form_it_comes(tmp_path: Path, form: str) -> None:
    source: dict[str, Any] = write_balls(tmp_path, 0, "cells")
    labels = balls(0)[1]
    changes: dict[str, Any] = {}
    marks, grid = (labels > 0).astype(np.uint8), GRID
    if form == "turned":
        marks, grid = reorient(marks, GRID, "IAR")
    elif form == "some slices":
        marks, grid = marks[4:12], GRID.slab(4, 12)
    elif form == "numbers for unlabelled":
        marks[::2] = 9
        changes = {"unlabelled": 9}
    else:
        marks, changes = labels, {"are_instances": True, "border": {"weight": 5, "sigma_voxels": 1.5}}
    write_label_volume(tmp_path / "cells_labels.nii.gz", np.ascontiguousarray(marks), grid)
    fit = {"steps": 2, "batch_size": 2, "learning_rate": 0.01}
    code, said = train(write_run(tmp_path, train=[source], fit=fit, **changes))
    assert code == 0, said
    is_partly = form in ("some slices", "numbers for unlabelled")
    assert (tmp_path / "out" / "dense" / "cells_labels.nii.gz").exists() == is_partly


def test_unlabelled_voxels_teach_by_consistency_and_the_student_is_stored(tmp_path: Path) -> None:
    source = {**write_balls(tmp_path, 0, "cells"), "slices": SLICES}
    code, said = train(write_run(tmp_path, train=[source], fit=LONG, consistency={"ramp_steps": 40}))
    assert code == 0, said
    card = ModelCard.load(tmp_path / "out" / "balls.json")
    assert "mean teacher" in card.training
    dense = read_label_map(tmp_path / "out" / "dense" / "cells_labels.nii.gz")
    assert count_overlap(balls(0)[1] > 0, dense.labels > 0).dice > 0.6


def test_volumes_have_channels_and_files_need_not_tell_their_spacing(tmp_path: Path) -> None:
    values, labels = balls(0)
    with h5py.File(tmp_path / "cells.h5", "w") as file:
        file["raw"] = np.stack([values, values[::-1], np.zeros_like(values)])
        file["label"] = labels
    source = {"image": "cells.h5#raw", "labels": "cells.h5#label", "slices": {"depth": [4]}}
    fit = {"steps": 2, "batch_size": 2, "learning_rate": 0.01}
    changes: dict[str, Any] = {"fit": fit, "are_instances": True}
    code, said = train(write_run(tmp_path, train=[source], **changes))
    assert code == 1
    assert "required the spacing of voxels" in " ".join(said.split())
    code, said = train(write_run(tmp_path, train=[{**source, "spacing_mm": [2, 1, 1]}], **changes))
    assert code == 0, said
    assert ModelCard.load(tmp_path / "out" / "balls.json").network_options["in_channels"] == 3
    dense = read_label_map(tmp_path / "out" / "dense" / "cells_raw_labels.nii.gz")
    assert dense.grid is not None
    assert dense.grid.spacing_mm == pytest.approx((2, 1, 1))


@pytest.mark.slow
def test_the_original_network_is_trained_and_served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIGIL_MODELS_DIR", str(tmp_path / "models"))
    fit = {"steps": 1, "batch_size": 2, "learning_rate": 0.01}
    options = {"width": 0.25}
    source = {**write_balls(tmp_path, 0, "cells"), "slices": {"depth": [5]}}
    run = write_run(
        tmp_path, train=[source], fit=fit, network="unet3d_original", network_options=options, patch=[4, 4, 4]
    )
    code, said = train(run, "out", "--install")
    assert code == 0, said
    assert build_imaging_model("balls", device="cpu").card.serving_options == {"tile": [4, 4, 4]}


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ({"slices": {"depth": [20]}}, "slices along D must lie in 0..19, got [20]"),
        ({"labels": "five.nii.gz"}, "required numbers 0 to 1 for background, ball, found 5"),
        ({"labels": "elsewhere.nii.gz"}, "resample the voxels onto that grid"),
        ({"labels": "picture.png"}, "found a picture; write the slices as one volume"),
        ({"image": "missing.nii.gz"}, "found no file of this name"),
    ],
)
def test_what_cannot_be_learned_from_is_told_by_name(tmp_path: Path, source: dict[str, Any], reason: str) -> None:
    good = write_balls(tmp_path, 0, "cells")
    write_label_volume(tmp_path / "five.nii.gz", np.full(GRID.shape, 5, np.uint8), GRID)
    write_label_volume(
        tmp_path / "elsewhere.nii.gz", np.ones((3, 4, 5), np.uint8), VoxelGrid.of_axes((3, 4, 5), (1, 1, 1))
    )
    cv2.imwrite(str(tmp_path / "picture.png"), np.ones((8, 8), np.uint8))
    code, said = train(write_run(tmp_path, train=[{**good, **source}]))
    assert code == 1
    assert reason in " ".join(said.split())


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"labels": ["background"]}, "at least 2"),
        ({"labels": ["background", "a", "b"], "are_instances": True}, "instances are of one kind"),
        ({"border": {}}, "border needs are_instances"),
        ({"consistency": {}, "threads": 2}, "consistency is trained on one thread"),
        ({"class_weights": [1.0]}, "one for each of 2 labels"),
    ],
)
def test_configurations_that_make_no_sense_end_with_code_2(
    tmp_path: Path, changes: dict[str, Any], reason: str
) -> None:
    code, said = train(write_run(tmp_path, train=[write_balls(tmp_path, 0, "cells")], **changes))
    assert code == 2
    assert reason in " ".join(said.split())
