"""A training run on simulated bedside scenes: simulator, reader of live video, trainer and event detector meet."""

from pathlib import Path

from app.training.event_finding import find_events
from app.training.scene_reading import load_scenes
from app.training.scene_rendering import render_scenes
from models.evaluation.events import Span
from models.predictor import EventSpec, ModelCard
from models.training.config import ScenePart, TrainConfig
from models.training.phases import Phases
from models.training.run import choose_event_spec, measure, train_network, write_model
from models.training.scenes import LabelledScene
from models.training.scoring import SceneScores


def run_scenes(config: TrainConfig, out: Path, phases: Phases) -> ModelCard:
    """Carry out a training run and return the model's card.

    Writes into `out`: `<name>.safetensors` and `<name>.json` (the card), `loss.csv`, and
    `scenes/`, the rendered videos, which another run of the same configuration uses again.

    Raises:
        StreamError: a scene could not be rendered or read.
        ValueError: the network's options are wrong, or training diverged.
    """
    folder = out / "scenes"

    def load(part: ScenePart) -> list[LabelledScene]:
        return load_scenes(part, folder, config.clip.spec, num_threads=config.threads)

    def find(scores: SceneScores, spec: EventSpec) -> list[Span]:
        return find_events(scores, spec, config.labels)

    with phases("scenes") as show:
        render_scenes(
            {"bedside": config.scenes},
            folder,
            frame_rate_hz=config.clip.frame_rate_hz,
            num_processes=config.threads,
            on_progress=show,
        )
    with phases("training") as show:
        network = train_network(config, load(config.scenes.train), out / "loss.csv", show)
    with phases("thresholds") as show:
        event_spec = choose_event_spec(network, config, load(config.scenes.validation), find, show)
    with phases("metrics") as show:
        metrics = measure(network, config, event_spec, load(config.scenes.test), find, show)
    return write_model(network, config, event_spec, metrics, out)
