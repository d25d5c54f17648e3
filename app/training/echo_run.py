"""A training run of the echo models: simulate, train both networks, measure them on recordings outside training."""

from pathlib import Path

from models.predictor import ModelCard
from models.training.echo.config import EchoTrainConfig
from models.training.phases import Phases


def run_echo(config: EchoTrainConfig, out: Path, phases: Phases) -> ModelCard:
    """Carry out a run and return the card of the model that reads the ejection fraction.

    Writes into `out`: weights and card of both models, and the loss curves `frames.csv` and `ef.csv`.

    Raises:
        ValueError: the networks' options are wrong, or training diverged.
    """
    from models.training.echo.metrics import read_loops, summarise
    from models.training.echo.run import (
        loop_orders,
        make_predictor,
        render_frames,
        simulate_beats,
        train_ef,
        train_frames,
        write_models,
    )

    train = config.loops.train
    with phases("loops") as show:
        loops = render_frames(train, config.threads, show)
    with phases("frames") as show:
        frames = train_frames(config, loops, out / "frames.csv", show)
    with phases("beats") as show:
        beats = simulate_beats(config, frames, show)
    with phases("ef") as show:
        ef = train_ef(config, beats, out / "ef.csv", show)
    predictor, reader = make_predictor(frames, ef)
    with phases("metrics") as show:
        orders = loop_orders(config.loops.test)
        outcomes = read_loops(predictor, reader, orders, num_threads=config.threads, show=show)
        metrics = summarise(outcomes)
    return write_models(config, frames, ef, metrics, out)
