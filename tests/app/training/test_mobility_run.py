"""A training run for mobility, at the smallest scale: what the CNN learns from, and what the part over time."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from app.training.mobility_reading import read_scenes
from app.training.mobility_run import run_mobility
from app.training.scene_rendering import RoomTask, scene_videos
from models.training.config import ScenePart
from models.training.mobility.config import MobilityConfig
from models.training.phases import Show
from stream.errors import StreamError

BRIEF = {"steps": 2, "batch_size": 4, "learning_rate": 0.004}
CARD = {"preprocessing": "none", "licence": "none", "intended_use": "test", "training": "two steps", "limits": "all"}


def part(seed: int) -> dict[str, Any]:
    return {"first": seed, "count": 1, "duration_seconds": 30}


def config(*, time: int) -> MobilityConfig:
    """One whose part over time learns from the scene of that seed."""
    scenes = {"train": part(1000), "validation": part(5000), "test": part(9000), "time": part(time)}
    return MobilityConfig.model_validate(
        {
            "name": "tiny",
            "network_options": {"width": 4, "num_features": 4, "hidden_size": 4},
            "scenes": {"sizes": [[128, 96]], **scenes},
            "scene_rate_hz": 2.5,
            "frame_steps": BRIEF,
            "time_steps": BRIEF,
            "card": CARD,
            "threads": 1,
        }
    )


def nothing(done: int, total: int, note: str = "") -> None:
    """Show nothing."""


@contextmanager
def quietly(name: str) -> Iterator[Show]:
    yield nothing


def weights(*, time: int, out: Path) -> dict[str, torch.Tensor]:
    run_mobility(config(time=time), out, quietly)
    return load_file(out / "tiny.safetensors")


@pytest.mark.slow
def test_scenes_of_the_part_over_time_teach_that_part_and_never_the_cnn(tmp_path: Path) -> None:
    one, other = weights(time=2000, out=tmp_path), weights(time=2001, out=tmp_path)
    differs = {name.split(".")[0] for name in one if not torch.equal(one[name], other[name])}
    assert differs == {"enter", "blocks", "leave"}


def test_what_an_earlier_version_kept_of_a_scene_is_refused_by_name(tmp_path: Path) -> None:
    scenes, kept, row = tmp_path / "scenes", tmp_path / "steps", ScenePart(**part(1000))
    scenes.mkdir()
    video = scene_videos("bedside", row, scenes)[0]
    RoomTask(str(video), 1000, 128, 96, "bedside", 30, 2.5).run()
    read_scenes([row], scenes, kept, nothing, num_processes=1)
    (path,) = kept.iterdir()
    with np.load(path) as arrays:
        earlier = {name: values for name, values in arrays.items() if name != "is_helping"}
    np.savez(path, **earlier)
    with pytest.raises(ValueError, match=r"bedside_1000_30s\.npz was kept by an earlier version: is_helping"):
        read_scenes([row], scenes, kept, nothing, num_processes=1)


def test_a_scene_that_cannot_be_read_back_is_named(tmp_path: Path) -> None:
    scenes, kept, row = tmp_path / "scenes", tmp_path / "steps", ScenePart(**part(1000))
    scenes.mkdir()
    video = scene_videos("bedside", row, scenes)[0]
    RoomTask(str(video), 1000, 128, 96, "bedside", 30, 2.5).run()
    video.write_bytes(b"no video")
    with pytest.raises(StreamError, match=r"1 files were not made, the first .*bedside_1000_30s\.npz"):
        read_scenes([row], scenes, kept, nothing, num_processes=1)
    assert not list(kept.iterdir())
