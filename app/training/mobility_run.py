"""A training run for mobility: scenes are rendered, watched, looked at frame by frame, then over time, and measured."""

from pathlib import Path

from app.training.event_finding import find_events
from app.training.mobility_reading import read_scenes
from app.training.scene_rendering import render_scenes
from models.evaluation.events import Span
from models.mobility import LABELS
from models.predictor import EventSpec, ModelCard
from models.training.mobility.config import MobilityConfig
from models.training.mobility.report import choose_event_spec
from models.training.mobility.run import (
    begin,
    describe_all,
    judge_all,
    learn_courses,
    learn_frames,
    measure,
    write_model,
)
from models.training.phases import Phases
from models.training.scoring import SceneScores


def run_mobility(config: MobilityConfig, out: Path, phases: Phases) -> ModelCard:
    """Carry out a training run and return the model's card.

    Writes into `out`: `<name>.safetensors` and `<name>.json` (the card), `frames.csv` and `time.csv` (losses),
    `scenes/`, the rendered videos, and `steps/`, their frames at the model's rate; another run uses both again.

    Raises:
        StreamError: a scene could not be rendered or read.
        ValueError: the network's options are wrong, or training diverged.
    """
    scenes, kept = out / "scenes", out / "steps"
    with phases("scenes") as show:
        render_scenes(
            {"bedside": config.scenes},
            scenes,
            frame_rate_hz=config.scene_rate_hz,
            num_processes=config.threads,
            on_progress=show,
        )
    with phases("steps") as show:
        train, *measured, unseen = read_scenes(config.scenes.parts, scenes, kept, show, num_processes=config.threads)
    network = begin(config)
    with phases("frames") as show:
        learn_frames(network, config, train, out, show)
    with phases("features") as show:
        validation, test = (describe_all(network, part, show, num_threads=config.threads) for part in measured)
        courses = describe_all(network, unseen, show, num_threads=config.threads)
        # Of scenes that it knows, the CNN is less sure through other cameras: only so do they teach the part over time.
        taught = [*unseen, *train]
        for view in range(config.views):
            courses += describe_all(network, taught, show, num_threads=config.threads, view_seed=config.seed + view)
    with phases("time") as show:
        learn_courses(network, config, courses, out, show)
    judged = judge_all(network, validation)
    event_spec = choose_event_spec(judged, _find)
    metrics = measure(config, judged, judge_all(network, test), event_spec=event_spec, find_events=_find)
    return write_model(network, config, event_spec, metrics, out)


def _find(scores: SceneScores, spec: EventSpec) -> list[Span]:
    return find_events(scores, spec, LABELS, is_multi_label=True)
