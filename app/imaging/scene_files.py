"""Simulated volumes as files: the volume, the label map of its truth, and the truth itself."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from app.scene_files import write_text_whole
from models.samples import Volume
from stream.imaging.writing.label_maps import write_label_volume
from stream.imaging.writing.volume_files import write_volume

VOLUME_SUFFIXES = (".nii.gz", ".nii")


class VolumeTruth(Protocol):
    """What a simulated volume knows of itself."""

    def to_json(self) -> dict[str, Any]: ...


class VolumeScene(Protocol):
    """A simulated volume with its truth, whatever it shows."""

    @property
    def volume(self) -> Volume: ...
    @property
    def labels(self) -> np.ndarray: ...
    @property
    def truth(self) -> VolumeTruth: ...


def write_volume_scene(
    scene: VolumeScene, out: Path, *, write: Callable[[Path, Volume], None] = write_volume
) -> tuple[Path, Path]:
    """Write a scene's label map and truth, then its volume; returns where the first two lie.

    Args:
        scene: what is written.
        out: of the volume; the others are `<stem>_labels.nii.gz` and `<stem>.json` beside it.
        write: writes the volume; NIfTI unless another is given.

    Raises:
        StreamError: a file cannot be written.
    """
    stem = volume_stem(out)
    labels, truth = out.with_name(f"{stem}_labels.nii.gz"), out.with_name(f"{stem}.json")
    write_label_volume(labels, scene.labels, scene.volume.grid)
    write_text_whole(truth, json.dumps(scene.truth.to_json(), indent=2) + "\n")
    write(out, scene.volume)
    return labels, truth


def volume_stem(path: Path) -> str:
    """Return the name of a volume without the suffixes of its format."""
    suffix = next((suffix for suffix in VOLUME_SUFFIXES if path.name.lower().endswith(suffix)), path.suffix)
    return path.name[: len(path.name) - len(suffix)] if suffix else path.name
