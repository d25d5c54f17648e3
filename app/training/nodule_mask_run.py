"""A training run for masks of nodules: slices of simulated CT are written, and a Mask R-CNN learns from them."""

import json
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from app.scene_files import write_text_whole
from app.training.rendering import SeededTask, render
from models.predictor import ModelCard
from models.training.nodule_mask.config import PARTS, NoduleMaskConfig
from models.training.phases import Phases
from stream.imaging.writing.label_maps import write_label_picture

_FEWEST_PIXELS = 12
"""Less of a nodule in a slice is not asked for."""


@dataclass(frozen=True)
class SlicesTask(SeededTask):
    """One scan to simulate; the slice through the middle of each nodule is kept, with all nodules in it."""

    folder: str
    size: int
    num_slices: int
    num_nodules: int

    def run(self) -> None:
        from models.nodules.slices import seen_slice
        from models.simulation.thorax.scan import ThoraxScan

        scan = ThoraxScan(self.seed, size=self.size, num_slices=self.num_slices, num_nodules=self.num_nodules)
        spacing, labels = scan.grid.spacing_mm[1:], scan.labels
        wanted = {int(np.argmax((labels == one.number).sum((1, 2)))) for one in scan.truth.nodules}
        for index, plane in enumerate(scan.slices()):
            if index not in wanted:
                continue
            picture = seen_slice(plane, spacing)
            numbers = _large_enough(_enlarged(labels[index], picture.shape))
            if numbers.any():
                stem = f"ct_{self.seed}_{index}"
                write_label_picture(Path(self.folder) / f"{stem}_img.png", picture)
                write_label_picture(Path(self.folder) / f"{stem}_labels.png", numbers)
        write_text_whole(Path(self.path), json.dumps({"seed": self.seed, "slices": sorted(wanted)}) + "\n")


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
        render(tasks, out / "slices", num_processes=config.threads, on_progress=show)
    card = run_detection(config.detection(out / "slices"), out, phases)
    network = build_network(card.network, **card.network_options)
    load_stored(network, StoredModel(card, out / f"{card.name}.safetensors"))
    return store_model(network.half(), replace(card, reads="volume"), out)  # 16 bits cost nothing


def _tasks(config: NoduleMaskConfig, folder: Path) -> list[SlicesTask]:
    tasks = []
    for part, row in zip(PARTS, config.scans.parts, strict=True):
        (folder / part).mkdir(parents=True, exist_ok=True)
        options = (str(folder / part), config.scans.size, config.scans.num_slices, config.scans.num_nodules)
        tasks += [SlicesTask(str(folder / f"{part}_{seed}.json"), seed, *options) for seed in row.seeds]
    return tasks


def _large_enough(labels: np.ndarray) -> np.ndarray:
    counts = np.bincount(labels.ravel(), minlength=2)
    keep = counts >= _FEWEST_PIXELS
    keep[0] = False
    return np.where(keep[labels], labels, 0).astype(np.uint8)


def _enlarged(labels: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Return labels at another size, each pixel that of the nearest."""
    rows, columns = (
        np.minimum(((np.arange(new) + 0.5) * old / new).astype(int), old - 1)
        for new, old in zip(shape, labels.shape, strict=True)
    )
    return np.asarray(labels[rows[:, None], columns])
