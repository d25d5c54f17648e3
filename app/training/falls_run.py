"""A training run for falls: videos are decoded, scenes rendered, all described, then learned from and measured."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from app.training.curve_pictures import draw_curves
from app.training.event_finding import find_events
from app.training.falls_reading import read_recorded, read_scene
from app.training.scene_rendering import render_scenes, scene_videos
from models.evaluation.events import Span
from models.falls.labels import LABELS
from models.falls.motion import FRAME_RATE_HZ
from models.predictor import EventSpec, ModelCard
from models.simulation.rooms import Room
from models.training.config import ScenePart
from models.training.falls.config import FallsConfig
from models.training.falls.judging import Judged, choose_event_spec
from models.training.falls.lesson import Material
from models.training.falls.looks import Looker
from models.training.falls.materials import Footage, MaterialMaker
from models.training.falls.run import cross_validate, judge, measure, train_network, write_model
from models.training.phases import Phases, Show
from models.training.scoring import SceneScores
from models.training.side_by_side import side_by_side

SOURCES = ("recorded", "ordinary", "home", "bedside")
"""Kinds of video that are measured apart."""
Make = Callable[[Footage], Material]

MEASURED_ON = (
    "recorded, ordinary: real video, each judged by a network that saw nothing of its subject or place; home, bedside: "
    "simulated rooms outside training, through H.264 and the reader of any video. A found fall is right when it starts "
    "between 1 s before and 4 s after the true start. Intervals are 95 %: Clopper-Pearson (recall), Garwood (false "
    "alarms), bootstrap over videos (others)"
)


def run_falls(config: FallsConfig, out: Path, phases: Phases) -> ModelCard:
    """Carry out a training run and return the model's card.

    Writes into `out`: `<name>.safetensors` and `<name>.json` (the card), curves as CSV and PNG, checkpoints from which
    a killed run goes on, `scenes/`, `frames/` and `described/`, which another run uses again.

    Raises:
        StreamError: a scene could not be rendered or read.
        ValueError: something is wrong with the data set or the network's options, or training diverged.
        OSError: the disk is full.
    """
    with phases("decoding") as show:
        recorded = read_recorded(config, out / "frames", show)
    with phases("scenes") as show:
        render_scenes(
            {"home": config.home, "bedside": config.bedside},
            out / "scenes",
            frame_rate_hz=FRAME_RATE_HZ,
            num_processes=config.threads,
            on_progress=show,
        )
    maker = MaterialMaker(out / "described", Looker(), num_regions=config.regions, seed=config.seed)
    parts = _Described(config, out / "scenes", maker)
    with phases("describing") as show:
        taught = [*side_by_side(maker.taught, recorded, show, num_threads=config.threads), *parts.taught(show)]
        served = [maker.served(footage) for footage in recorded if footage.view == 0]
        validation, test = parts.validation(show), parts.test(show)
    held_out = cross_validate(config, taught, served, validation, folder=out, phases=phases)
    network = train_network(config, taught, validation, stage="loss", folder=out, phases=phases)
    draw_curves(out)
    spec = choose_event_spec(
        [*held_out, *judge(network, validation)],
        _find,
        most_false_alarms_per_hour=config.most_false_alarms_per_hour,
    )
    metrics = _metrics([*held_out, *judge(network, test)], spec)
    return write_model(network, config, spec, metrics, out)


def _metrics(judged: Sequence[Judged], spec: EventSpec) -> dict[str, Any]:
    """Measure each kind of video by itself, and each subject of the real recordings."""
    metrics: dict[str, Any] = {"measured_on": MEASURED_ON}
    for source in SOURCES:
        of_source = [one for one in judged if one.material.watched.source == source]
        metrics[source] = measure(of_source, spec, _find)
    recorded = [one for one in judged if one.material.watched.source == SOURCES[0]]
    for group in sorted({one.material.watched.group for one in recorded}):
        of_group = [one for one in recorded if one.material.watched.group == group]
        metrics[f"{SOURCES[0]}_{group}"] = measure(of_group, spec, _find)
    return metrics


class _Described:
    """The simulated scenes of a run, described."""

    def __init__(self, config: FallsConfig, folder: Path, maker: MaterialMaker) -> None:
        self._config, self._folder, self._maker = config, folder, maker

    def taught(self, show: Show) -> list[Material]:
        return self._made(self._maker.taught, self._config.home.train, self._config.bedside.train, show)

    def validation(self, show: Show) -> list[Material]:
        return self._made(self._maker.served, self._config.home.validation, self._config.bedside.validation, show)

    def test(self, show: Show) -> list[Material]:
        return self._made(self._maker.served, self._config.home.test, self._config.bedside.test, show)

    def _made(self, make: Make, home: ScenePart, bedside: ScenePart, show: Show) -> list[Material]:
        parts: dict[Room, ScenePart] = {"home": home, "bedside": bedside}
        videos = [(video, room) for room, part in parts.items() for video in scene_videos(room, part, self._folder)]
        return side_by_side(lambda place: make(read_scene(*place)), videos, show, num_threads=self._config.threads)


def _find(scores: SceneScores, spec: EventSpec) -> list[Span]:
    return find_events(scores, spec, LABELS)
