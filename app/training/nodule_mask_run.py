"""A training run for masks of nodules: slices of simulated CT are written, and a Mask R-CNN learns from them."""

import json
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from app.scene_files import write_text_whole
from app.training.file_tasks import FileTask, make_files
from models.imaging.nearest import resized_numbers
from models.imaging.numbered_boxes import numbered_boxes
from models.predictor import ModelCard
from models.training.nodule_mask.config import PARTS, NoduleMaskConfig
from models.training.phases import Phases
from stream.imaging.writing.label_maps import write_label_picture

_FEWEST_PIXELS = 30
"""Less of a nodule in a slice, 5 mm2, is not asked for."""
_ALONE = 0.15
"""Of what is learned from, the share that shows one slice in all channels, as where its neighbours are not at hand."""
_LIKE_NODULES = 2
"""Places of a slice that is learned from which are bright, with lung around them: vessels, most of them."""
_BRIGHT, _DARK, _AROUND = 120, 85, 41
"""Shades, and the side of the square of pixels that counts as around."""


@dataclass(frozen=True)
class SlicesTask(FileTask):
    """One scan to simulate; every so many slices of its lungs one is kept as the model would see it, with its truth."""

    seed: int
    folder: str
    size: int
    num_slices: int
    num_nodules: int
    every: int
    patch: int
    """Pixels; instead of the slice, parts of it are kept, around nodules and what looks like them. 0: the whole."""

    def run(self) -> None:
        from models.nodules.lung_mask import lungs_of
        from models.nodules.slices import neighbours, seen_slices
        from models.simulation.thorax.scan import ThoraxScan

        scan = ThoraxScan(self.seed, size=self.size, num_slices=self.num_slices, num_nodules=self.num_nodules)
        volume, (slice_mm, *spacing) = scan.volume, scan.grid.spacing_mm
        depths, rows, columns = lungs_of(volume).box_within(scan.grid)
        kept, rng = range(depths.start, depths.stop, self.every), np.random.default_rng(self.seed)
        for index in kept:
            planes = volume.voxels[0, list(neighbours(index, self.num_slices, slice_mm)), rows, columns]
            picture = seen_slices(planes, (spacing[0], spacing[1]))
            numbers = _large_enough(resized_numbers(scan.labels[None, index, rows, columns], picture.shape[:2])[0])
            self._keep(f"ct_{self.seed}_{index}", picture, numbers, rng)
        write_text_whole(Path(self.path), json.dumps({"seed": self.seed, "slices": list(kept)}) + "\n")

    def _keep(self, stem: str, picture: np.ndarray, numbers: np.ndarray, rng: np.random.Generator) -> None:
        """Write a slice, or parts of it: to learn from, some of them without their neighbours."""
        parts = _patches(picture[..., 1], numbers, self.patch, rng) if self.patch else [np.s_[:, :]]
        for index, part in enumerate(parts):
            pixels = picture[part]
            if self.patch and rng.random() < _ALONE:
                pixels = pixels[..., [1, 1, 1]]
            cv2.imwrite(str(Path(self.folder) / f"{stem}_{index}_img.png"), pixels[..., ::-1])
            write_label_picture(Path(self.folder) / f"{stem}_{index}_labels.png", numbers[part])


def run_nodule_mask(config: NoduleMaskConfig, out: Path, phases: Phases) -> ModelCard:
    """Carry out a training run and return the model's card.

    Writes into `out` what every detector's run writes, and `slices/`, which another run uses again.

    Raises:
        StreamError: a scan could not be simulated.
        ValueError: the network's options are wrong, or training diverged.
        OSError: the disk is full.
    """
    from app.training.picture_run import run_detection
    from models.registry import build_network
    from models.store.stored_models import StoredModel
    from models.weights import load_stored, store_model

    with phases("scans") as show:
        tasks = _tasks(config, out / "slices")
        make_files(tasks, out / "slices", num_processes=config.threads, on_progress=show)
    card = run_detection(config.detection(out / "slices"), out, phases)
    network = build_network(card.network, **card.network_options)
    load_stored(network, StoredModel(card, out / f"{card.name}.safetensors"))
    return store_model(network.half(), replace(card, reads="volume"), out)  # 16 bits cost nothing


def _tasks(config: NoduleMaskConfig, folder: Path) -> list[SlicesTask]:
    tasks = []
    for part, row in zip(PARTS, config.scans.parts, strict=True):
        (folder / part).mkdir(parents=True, exist_ok=True)
        for seed in row.seeds:
            size = config.scans.sizes[seed % len(config.scans.sizes)]
            patch = config.scans.patch if part == "train" else 0
            options = (str(folder / part), size, config.scans.num_slices, row.num_nodules, config.scans.every, patch)
            tasks.append(SlicesTask(str(folder / f"{part}_{seed}.json"), seed, *options))
    return tasks


def _large_enough(labels: np.ndarray) -> np.ndarray:
    counts = np.bincount(labels.ravel(), minlength=2)
    keep = counts >= _FEWEST_PIXELS
    keep[0] = False
    return np.where(keep[labels], labels, 0).astype(np.uint8)


def _patches(picture: np.ndarray, numbers: np.ndarray, side: int, rng: np.random.Generator) -> list[tuple[slice, ...]]:
    """Return the places of square parts: around each object, and around a few things that might be taken for one."""
    middles = [[(edge.start + edge.stop) / 2 for edge in box] for _, box in numbered_boxes(numbers)]
    alike = np.argwhere((picture > _BRIGHT) & (cv2.blur(picture, (_AROUND, _AROUND)) < _DARK))
    middles += rng.choice(alike, _LIKE_NODULES).tolist() if len(alike) else []
    last = np.maximum(np.array(numbers.shape) - side, 0)
    corners = np.clip(np.array(middles).reshape(-1, 2) - side / 2, 0, last).astype(int).tolist()
    return [(slice(row, row + side), slice(column, column + side)) for row, column in corners]
