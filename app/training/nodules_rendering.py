"""Simulates the CT of a training run for nodules in processes of their own, and keeps only the places looked at."""

from dataclasses import dataclass
from pathlib import Path

from app.training.file_tasks import FileTask, make_files
from models.training.nodules.config import BodySide, RealConfig, ScansConfig
from models.training.nodules.examples import ScanExamples
from models.training.phases import Show
from models.training.seeds import SeedRow


@dataclass(frozen=True)
class ScanTask(FileTask):
    """One scan to simulate and to look through."""

    seed: int
    size: int
    num_slices: int
    num_nodules: int | None

    def run(self) -> None:
        from models.training.nodules.simulated import simulated_examples

        simulated_examples(self.seed, size=self.size, num_slices=self.num_slices, num_nodules=self.num_nodules).save(
            Path(self.path)
        )


@dataclass(frozen=True)
class RealTask(FileTask):
    """One lung of a real scan to set nodules into and to look through."""

    seed: int
    scan: str
    side: BodySide
    num_nodules: int
    is_varied: bool

    def run(self) -> None:
        from models.training.nodules.real import real_examples, side_of, varied_scan
        from stream.imaging.opening import open_volume

        half = side_of(open_volume(self.scan).load(), self.side)
        volume = varied_scan(half, self.seed) if self.is_varied else half
        real_examples(volume, self.seed, num_nodules=self.num_nodules).save(Path(self.path))


def simulate_scans(
    scans: ScansConfig, folder: Path, *, num_processes: int, show: Show
) -> tuple[list[ScanExamples], list[ScanExamples], list[ScanExamples]]:
    """Return the examples to learn from, to choose by and to measure on; those in the folder are used again.

    Raises:
        StreamError: a process failed.
    """
    tasks = [_tasks(scans, part, folder) for part in scans.parts]
    every = [task for part in tasks for task in part]
    make_files(every, folder, num_processes=num_processes, on_progress=show)
    train, validation, test = ([ScanExamples.load(Path(task.path)) for task in part] for part in tasks)
    return train, validation, test


def _tasks(scans: ScansConfig, part: SeedRow, folder: Path) -> list[ScanTask]:
    count = scans.train_nodules if part is scans.train else None
    name = f"{scans.size}x{scans.num_slices}_{'drawn' if count is None else count}"
    return [
        ScanTask(str(folder / f"ct_{seed}_{name}.npz"), seed, scans.size, scans.num_slices, count)
        for seed in part.seeds
    ]


def require_real(real: RealConfig) -> None:
    """Return when the scans are there.

    Raises:
        ValueError: one is missing.
    """
    for scan in real.scans:
        if not Path(scan.partition("#")[0]).exists():
            raise ValueError(
                f"{scan}: required a real CT to set nodules into, found none of this name; name other scans of lungs "
                "in real.scans, or leave out the section real and learn from simulated scans alone"
            )


def set_into_real(
    real: RealConfig, folder: Path, *, num_processes: int, show: Show
) -> tuple[list[ScanExamples], list[ScanExamples]]:
    """Return the examples to learn from and to measure on; those in the folder are used again.

    Raises:
        StreamError: a process failed.
    """
    train, test = _real_tasks(real, folder, is_taught=True), _real_tasks(real, folder, is_taught=False)
    make_files([*train, *test], folder, num_processes=num_processes, on_progress=show)
    taught, measured = ([ScanExamples.load(Path(task.path)) for task in part] for part in (train, test))
    return taught, measured


def _real_tasks(real: RealConfig, folder: Path, *, is_taught: bool) -> list[RealTask]:
    side = real.taught_side if is_taught else real.measured_side
    row = real.train if is_taught else real.test
    name = f"{side}_{'varied' if is_taught else 'plain'}_{real.num_nodules}"
    return [
        RealTask(
            str(folder / f"real_{Path(scan).name}_{seed}_{name}.npz"), seed, scan, side, real.num_nodules, is_taught
        )
        for scan in real.scans
        for seed in row.seeds
    ]
