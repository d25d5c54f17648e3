"""Detectors learn, repeat on two threads, and go on after a stop to the same weights."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from models.detection.finding import find_objects
from models.detection.found import instance_layer
from models.evaluation.instances import instance_overlap
from models.imaging.finished import finish
from models.imaging.picture_tensor import to_picture
from models.registry import build_network
from models.training.fitting import seed_everything
from models.training.pictures.labelled import LabelledPicture, marked_instances
from models.training.pictures.lesson import Lesson, teach
from models.training.pictures.marked_objects import OBJECTS
from models.training.pictures.views import ViewConfig
from models.training.video_config import FitConfig
from tests.app.training.made_pictures import CONFIG, disc_picture


class Stopped(Exception):
    """Stands for a kill."""


def pictures(seeds: range) -> list[LabelledPicture]:
    return [marked_instances(f"p{seed}", *disc_picture(seed)) for seed in seeds]


def taught(folder: Path, *, steps: int, stop_after: int | None = None) -> Any:
    """Train a small Mask R-CNN on discs, on two threads."""

    def show(done: int, total: int, note: str = "") -> None:
        if done == stop_after:
            raise Stopped("as asked")

    fit = FitConfig(
        steps=steps,
        batch_size=4,
        learning_rate=0.004,
        average_decay=0.9,
        precision="fp32",
        validate_every=max(steps // 2, 1),
        checkpoint_every=2,
    )
    seed_everything(0)
    network: Any = build_network("maskrcnn_resnet18_fpn", num_classes=2, **CONFIG["network_options"])
    lesson = Lesson(fit, (64, 64), ViewConfig(scales=(0.9, 1.1)), seed=0, threads=2)
    parts = pictures(range(12)), pictures(range(20, 22))
    teach(network, lesson, OBJECTS, parts, config=fit, stage="loss", folder=folder, show=show)  # type: ignore[arg-type]
    return network


def test_a_stopped_training_goes_on_to_the_same_weights(tmp_path: Path) -> None:
    folders: dict[str, Path] = {name: tmp_path / name for name in ("whole", "stopped")}
    for folder in folders.values():
        folder.mkdir()
    whole = taught(folders["whole"], steps=5)
    with pytest.raises(Stopped, match="as asked"):
        taught(folders["stopped"], steps=5, stop_after=3)
    again = taught(folders["stopped"], steps=5)
    for (name, one), other in zip(whole.state_dict().items(), again.state_dict().values(), strict=True):
        assert torch.equal(one, other), name
    assert (folders["whole"] / "loss.csv").read_bytes() == (folders["stopped"] / "loss.csv").read_bytes()


@pytest.mark.slow
def test_discs_that_were_never_seen_are_found_after_a_minute_of_training(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    network = taught(tmp_path, steps=90).eval()
    scores = []
    for picture in pictures(range(40, 46)):
        found = finish(find_objects(network, to_picture(picture.pixels), tile=(64, 64), overlap=16))
        sure = found.chosen([index for index, score in enumerate(found.scores) if score > 0.5])
        scores.append(instance_overlap(picture.layers[0], instance_layer(sure, picture.size)).score(0.5))
    record_property("score_iou50", float(np.mean(scores)))
    assert np.mean(scores) > 0.8
