"""Volumes of bright balls with their label maps, small enough to be learned in seconds."""

from pathlib import Path
from typing import Any

import numpy as np
import yaml

from models.imaging.voxel_grid import VoxelGrid
from models.samples import Volume
from stream.imaging.writing.label_maps import write_label_volume
from stream.imaging.writing.volume_files import write_volume

GRID = VoxelGrid.of_axes((20, 28, 24), (2.0, 1.0, 1.0), origin_mm=(5, -3, 7))
RUN: dict[str, Any] = {
    "kind": "volumes",
    "name": "balls",
    "labels": ["background", "ball"],
    "network_options": {"f_maps": 8, "num_levels": 2},
    "patch": [8, 16, 16],
    "bend": {"grid_voxels": 8, "bend_voxels": 1},
    "fit": {
        "steps": 12,
        "batch_size": 2,
        "learning_rate": 0.02,
        "average_decay": 0.5,
        "validate_every": 6,
        "checkpoint_every": 4,
    },
    "threads": 1,
}


def balls(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return values, float32, and the number of the ball at each voxel, uint8, both of GRID's shape."""
    rng = np.random.default_rng(seed)
    places = np.stack(np.meshgrid(*(np.arange(count) for count in GRID.shape), indexing="ij"), -1)
    labels = np.zeros(GRID.shape, np.uint8)
    for number in range(1, 5):
        centre = rng.uniform(4, np.array(GRID.shape) - 4)
        labels[np.linalg.norm((places - centre) * (1.5, 1, 1), axis=-1) < rng.uniform(4, 6)] = number
    return (rng.normal(100, 20, GRID.shape) + 150 * (labels > 0)).astype(np.float32), labels


def write_balls(folder: Path, seed: int, name: str) -> dict[str, Any]:
    """Write a volume with its labels, 1 for each ball, and return what a configuration says of them."""
    values, labels = balls(seed)
    volume = Volume(voxels=values[None], grid=GRID, source_id=name)
    write_volume(folder / f"{name}.nii.gz", volume)
    write_label_volume(folder / f"{name}_labels.nii.gz", (labels > 0).astype(np.uint8), GRID)
    return {"image": f"{name}.nii.gz", "labels": f"{name}_labels.nii.gz"}


def write_run(folder: Path, **changes: Any) -> Path:
    """Write a configuration of a run: RUN with changes."""
    path = folder / "run.yaml"
    path.write_text(yaml.safe_dump({**RUN, **changes}))
    return path
