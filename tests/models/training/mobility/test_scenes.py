"""What the mobility model learns from: frames beside the truth, people marked on maps, configurations checked."""

from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml

from models.mobility import INPUT_SIZE
from models.simulation.bedside_people import DenseTruth, WatchedBedside
from models.training.mobility.config import MobilityConfig
from models.training.mobility.frames import MAP_SIZE, draw_people
from models.training.mobility.scenes import watch_frames, watched_scene
from models.training.mobility.targets import NUM_TARGETS, UNKNOWN, StepLoss, step_targets

SHIPPED = Path("configs/train/icu_mobility.yaml")


@pytest.fixture(scope="module")
def truth() -> dict[str, object]:
    return WatchedBedside(1003, duration_seconds=60, width=160, height=120).truth.to_json()


def frames(number: int) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (number, 120, 160, 3), np.uint8)


def test_a_scene_comes_back_from_what_is_kept_of_it(truth: dict[str, object]) -> None:
    kept = watch_frames(truth, frames(150))
    scene = watched_scene(truth, kept)
    assert scene.frames.shape == (150, *INPUT_SIZE, 3)
    assert set(kept) == {"frames", *(field.name for field in fields(DenseTruth))}
    assert scene.is_mobilised.sum() > 10


def test_a_video_shorter_than_its_scene_is_refused(truth: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="150 steps needs as many frames, its video gave 149"):
        watched_scene(truth, watch_frames(truth, frames(149)))


def test_people_are_marked_where_they_are_and_nowhere_else() -> None:
    gone = (np.nan, np.nan)
    chests = np.array([(0.5, 0.5), (0.25, 0.75), gone, (0.9, 0.1)], np.float32)
    patient, staff, helpers = draw_people(chests, np.array([False, False, True, True]))
    assert patient.shape == MAP_SIZE
    for spot, (x, y) in zip((patient, staff[:, :16], helpers), chests[[0, 1, 3]], strict=True):
        row, column = np.unravel_index(spot.argmax(), spot.shape)
        assert abs(row + 0.5 - y * MAP_SIZE[0]) <= 1
        assert abs(column + 0.5 - x * MAP_SIZE[1]) <= 1
    np.testing.assert_allclose(staff[:12, 16:], helpers[:12, 16:], atol=1e-6)
    assert helpers[:, :16].max() < 1e-6
    assert draw_people(np.full((4, 2), np.nan, np.float32), np.ones(4, bool)).max() == 0


def test_what_is_said_of_personnel_counts_only_while_an_activity_goes_on(truth: dict[str, object]) -> None:
    scene = watched_scene(truth, watch_frames(truth, frames(150)))
    targets = torch.from_numpy(step_targets(scene.dense))[None]
    assert targets.shape == (1, 150, NUM_TARGETS)
    torch.manual_seed(0)
    logits = torch.randn(1, 150, 14, requires_grad=True)
    StepLoss().total_loss(logits, targets).backward()
    assert logits.grad is not None
    is_told = logits.grad[0, :, 4:8].abs().sum(1) > 0
    torch.testing.assert_close(is_told, targets[0, :, 4] != UNKNOWN)


def test_the_shipped_configuration_is_read_and_shares_no_seed() -> None:
    config = MobilityConfig.load(SHIPPED)
    assert config.name == "icu_mobility"
    seeds = [seed for part in config.scenes.parts for seed in part.seeds]
    assert len(set(seeds)) == len(seeds)


def test_scenes_that_the_cnn_is_taught_on_are_refused_for_the_part_over_time(tmp_path: Path) -> None:
    values = yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))
    values["scenes"]["time"]["first"] = values["scenes"]["train"]["first"] + 1
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(yaml.safe_dump(values), encoding="utf-8")
    with pytest.raises(ValueError, match="train, validation, test and time must not share a seed"):
        MobilityConfig.load(wrong)


def test_an_unknown_key_is_named_with_its_file(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(SHIPPED.read_text(encoding="utf-8") + "momentum: 0.9\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"wrong\.yaml.*momentum"):
        MobilityConfig.load(wrong)
