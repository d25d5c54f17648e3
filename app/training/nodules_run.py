"""A training run for lung nodules: scans are simulated or read, looked through, learned from and measured."""

from pathlib import Path

from app.training.curve_pictures import draw_curves
from app.training.nodules_rendering import require_real, set_into_real, simulate_scans
from models.datasets.luna16 import read_luna16
from models.predictor import ModelCard
from models.training.nodules.config import NodulesConfig, RecordedConfig
from models.training.nodules.examples import ScanExamples, examples_of
from models.training.phases import Phases, Show
from stream.imaging.opening import open_volume


def run_nodules(config: NodulesConfig, out: Path, phases: Phases) -> ModelCard:
    """Carry out a training run and return the model's card.

    Writes into `out`: `<name>.safetensors` and `<name>.json` (the card), curves as CSV and PNG, a checkpoint from which
    a killed run goes on, and `scans/`, the places of every scan, which another run uses again.

    Raises:
        StreamError: a scan could not be simulated or read.
        ValueError: a data set or a real scan is missing or wrong, or the network's options are, or training
            diverged.
        OSError: the disk is full.
    """
    from models.training.nodules.run import chosen_score, judge_all, metrics_of, train_network, write_model

    if config.real:
        require_real(config.real)
    with phases("scans") as show:
        taught, validation, test = simulate_scans(config.scans, out / "scans", num_processes=config.threads, show=show)
    recorded: list[ScanExamples] = []
    if config.luna16:
        with phases("LUNA16") as show:
            more, recorded = _read_recorded(config.luna16, out / "scans", show)
        taught += more
    real: list[ScanExamples] = []
    if config.real:
        with phases("real CT") as show:
            more, real = set_into_real(config.real, out / "scans", num_processes=config.threads, show=show)
        taught += more
    with phases("loss") as show:
        network = train_network(config, taught, validation, folder=out, show=show)
    draw_curves(out)
    with phases("measuring") as show:
        least_score = chosen_score(config, judge_all(network, validation, show))
        judged, on_recorded = judge_all(network, test, show), judge_all(network, recorded, show)
        on_real = judge_all(network, real, show)
    metrics = metrics_of(config, judged, on_recorded, real=on_real, least_score=least_score)
    return write_model(network, config, metrics, least_score, out)


def _read_recorded(config: RecordedConfig, folder: Path, show: Show) -> tuple[list[ScanExamples], list[ScanExamples]]:
    """Return the examples of real scans to learn from and to measure on."""
    scans = read_luna16(config.scans)
    found = []
    for number, scan in enumerate(scans, 1):
        path = folder / f"luna16_{scan.name}.npz"
        if not path.exists():
            examples_of(open_volume(scan.location), scan.nodules, name=scan.name).save(path)
        found.append(ScanExamples.load(path))
        show(number, len(scans))
    num_test = max(round(config.test_share * len(found)), 1)
    return found[:-num_test], found[-num_test:]
