"""A training run for perifissural nodules: scans are simulated, nodules seen from three sides, classifiers fitted."""

from dataclasses import dataclass
from pathlib import Path

from app.training.file_tasks import FileTask, make_files
from models.predictor import ModelCard
from models.training.pfn.config import PfnConfig
from models.training.pfn.examples import ViewedNodules
from models.training.phases import Phases
from models.training.seeds import SeedRow


@dataclass(frozen=True)
class ViewsTask(FileTask):
    """One scan to simulate, of whose nodules views are kept."""

    seed: int
    size: int
    num_slices: int
    num_nodules: int
    num_copies: int

    def run(self) -> None:
        from models.training.pfn.examples import viewed_nodules

        viewed_nodules(
            self.seed,
            size=self.size,
            num_slices=self.num_slices,
            num_nodules=self.num_nodules,
            num_copies=self.num_copies,
        ).save(Path(self.path))


def run_pfn(config: PfnConfig, out: Path, phases: Phases) -> ModelCard:
    """Carry out a training run and return the model's card.

    Writes into `out`: `<name>.safetensors` and `<name>.json` (the card), and `scans/`, the views of every scan, which
    another run uses again.

    Raises:
        StreamError: a scan could not be simulated.
        ValueError: only one kind of nodule was simulated.
        OSError: the disk is full.
    """
    from models.training.pfn.run import LABELS, look_at_all, measure, train_network
    from models.weights import store_model

    parts = [_tasks(config, part, out / "scans") for part in (config.scans.train, config.scans.test)]
    with phases("scans") as show:
        every = [task for part in parts for task in part]
        make_files(every, out / "scans", num_processes=config.threads, on_progress=show)
    train, test = ([ViewedNodules.load(Path(task.path)) for task in part] for part in parts)
    with phases("looking") as show:
        seen = look_at_all([*train, *test], show)
    with phases("fitting") as show:
        network = train_network(config, train, seen[: len(train)])
        show(1, 1)
    metrics = measure(config, network, test, seen[len(train) :])
    card = ModelCard(
        name=config.name,
        network="pfn_views",
        labels=LABELS,
        reads="volume",
        metrics=metrics,
        **config.card.model_dump(),
    )
    return store_model(network.half(), card, out)


def _tasks(config: PfnConfig, part: SeedRow, folder: Path) -> list[ViewsTask]:
    scans = config.scans
    copies = config.views if part is scans.train else 1
    name = f"{scans.size}x{scans.num_slices}_{scans.num_nodules}_{copies}"
    return [
        ViewsTask(str(folder / f"pfn_{seed}_{name}.npz"), seed, scans.size, scans.num_slices, scans.num_nodules, copies)
        for seed in part.seeds
    ]
