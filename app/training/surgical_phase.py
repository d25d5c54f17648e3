"""A training run for surgical phases: operations are rendered, looked at, described once, remembered, measured."""

from pathlib import Path

from app.training.surgery_reading import cholec80_operations, simulated_operations
from app.training.surgery_rendering import render_operations, videos_of
from models.predictor import ModelCard
from models.training.phases import Phases
from models.training.surgery.config import OperationsConfig, SurgicalPhaseConfig
from models.training.surgery.operations import Operation
from models.training.surgery.run import begin, collect, describe_all, learn_courses, learn_frames, measure, write_model


def run_surgical_phase(config: SurgicalPhaseConfig, out: Path, phases: Phases) -> ModelCard:
    """Carry out a training run and return the model's card.

    Writes into `out`: `<name>.safetensors` and `<name>.json` (the card), `frames.csv` and `memory.csv` (losses),
    `scenes/`, the rendered operations, and `features/`, what the frame CNN said of them; another run of the same
    configuration uses both again.

    Raises:
        StreamError: an operation could not be rendered or read.
        ValueError: a data set or the network's options are wrong, or training diverged.
    """
    first, second, unseen = _operations(config, out / "scenes", phases)
    network = begin(config)
    with phases("reading") as show:
        seen = collect(config, first, show)
    with phases("frames") as show:
        learn_frames(network, config, seen, out, show)
    del seen  # a gigabyte
    with phases("features") as show:
        operations = [*first, *second, *unseen]
        described = describe_all(network, operations, out / "features", show, num_threads=config.threads)
    with phases("memory") as show:
        known, fresh = described[: len(first)], described[len(first) : -len(unseen)]
        # Those whose frames the CNN never learned from count as much as the others: what it says of them is as good as
        # it will be.
        learn_courses(network, config, [*known, *fresh * max(len(known) // len(fresh), 1)], out, show)
    metrics = measure(network, config, described[-len(unseen) :])
    return write_model(network, config, metrics, out)


def _operations(
    config: SurgicalPhaseConfig, scenes: Path, phases: Phases
) -> tuple[list[Operation], list[Operation], list[Operation]]:
    """Return what the CNN and the memory learn from, what the memory alone learns from, and what is measured on."""
    if config.cholec80 is not None:
        first, second, unseen = (
            cholec80_operations(config.cholec80, "train", size=config.input_size),
            cholec80_operations(config.cholec80, "validation", size=config.input_size),
            cholec80_operations(config.cholec80, "test", size=config.input_size),
        )
        return first, second, unseen
    parts: OperationsConfig = config.simulated
    with phases("operations") as show:
        render_operations(parts, scenes, num_processes=config.threads, on_progress=show)
    first, second, unseen = (
        simulated_operations(videos_of(part, scenes), size=config.input_size) for part in parts.parts
    )
    return first, second, unseen
