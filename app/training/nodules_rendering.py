"""Simulates the CT of a training run for nodules in processes of their own, and keeps only the places looked at."""

from dataclasses import dataclass
from pathlib import Path

from app.training.rendering import SeededTask, render
from models.training.nodules.config import ScansConfig
from models.training.nodules.examples import ScanExamples
from models.training.phases import Show
from models.training.seeds import SeedRow


@dataclass(frozen=True)
class ScanTask(SeededTask):
    """One scan to simulate and to look through."""

    size: int
    num_slices: int
    num_nodules: int | None

    def run(self) -> None:
        from models.training.nodules.simulated import simulated_examples

        simulated_examples(self.seed, size=self.size, num_slices=self.num_slices, num_nodules=self.num_nodules).save(
            Path(self.path)
        )


def simulate_scans(
    scans: ScansConfig, folder: Path, *, num_processes: int, show: Show
) -> tuple[list[ScanExamples], list[ScanExamples], list[ScanExamples]]:
    """Return the examples to learn from, to choose by and to measure on; those in the folder are used again.

    Raises:
        StreamError: a process failed.
    """
    tasks = [_tasks(scans, part, folder) for part in scans.parts]
    every = [task for part in tasks for task in part]
    render(every, folder, num_processes=num_processes, on_progress=show)
    train, validation, test = ([ScanExamples.load(Path(task.path)) for task in part] for part in tasks)
    return train, validation, test


def _tasks(scans: ScansConfig, part: SeedRow, folder: Path) -> list[ScanTask]:
    count = scans.train_nodules if part is scans.train else None
    name = f"{scans.size}x{scans.num_slices}_{'drawn' if count is None else count}"
    return [
        ScanTask(str(folder / f"ct_{seed}_{name}.npz"), seed, scans.size, scans.num_slices, count)
        for seed in part.seeds
    ]
