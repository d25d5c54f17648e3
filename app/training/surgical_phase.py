"""A training run for surgical phases: operations are rendered, looked at, described once, remembered, measured."""

from functools import partial
from pathlib import Path

from app.training.surgery_rendering import read_frames, read_labels, render_operations, videos_of
from models.predictor import ModelCard
from models.training.phases import Phases
from models.training.surgery.config import OperationPart, SurgicalPhaseConfig
from models.training.surgery.operations import Operation
from models.training.surgery.run import begin, describe_all, learn_courses, learn_frames, measure, write_model


def run_surgical_phase(config: SurgicalPhaseConfig, out: Path, phases: Phases) -> ModelCard:
    """Carry out a training run and return the model's card.

    Writes into `out`: `<name>.safetensors` and `<name>.json` (the card), `frames.csv` and `memory.csv` (losses),
    `scenes/`, the rendered operations, and `features/`, what the frame CNN said of them; another run of the same
    configuration uses both again.

    Raises:
        StreamError: an operation could not be rendered or read.
        ValueError: the network's options are wrong, or training diverged.
    """
    scenes, features = out / "scenes", out / "features"

    def load(part: OperationPart) -> list[Operation]:
        return [
            Operation(read_labels(video), partial(read_frames, video, size=config.input_size))
            for video in videos_of(part, scenes)
        ]

    parts = config.operations
    with phases("operations") as show:
        render_operations(parts, scenes, num_processes=config.threads, on_progress=show)
    network = begin(config)
    with phases("frames") as show:
        learn_frames(network, config, load(parts.frames), out, show)
    with phases("features") as show:
        described = describe_all(network, [*load(parts.frames), *load(parts.train), *load(parts.test)], features, show)
    with phases("memory") as show:
        learn_courses(network, config, described[: -parts.test.count], out, show)
    metrics = measure(network, config, described[-parts.test.count :])
    return write_model(network, config, metrics, out)
