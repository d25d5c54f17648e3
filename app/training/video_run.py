"""A training run on a data set of videos: reader of data sets, decoder, trainer and event detector meet."""

from dataclasses import replace
from functools import partial
from pathlib import Path

from app.training.curve_pictures import draw_curves
from app.training.event_choice import choose_events, has_events, measure_events
from app.training.video_data import load_recordings, read_videos
from models.predictor import ModelCard
from models.training.phases import Phases
from models.training.task import begin_network, judge_network, score_clips, task_of
from models.training.two_step import train_in_two_steps
from models.training.video_config import VideoRunConfig
from models.training.video_stages import Lesson, train_jointly
from models.weights import store_model


def run_on_videos(config: VideoRunConfig, out: Path, phases: Phases) -> ModelCard:
    """Carry out a training run and return the model's card.

    Writes into `out`: `<name>.safetensors` and `<name>.json` (the card), curves as CSV and PNG, a checkpoint from which
    a killed run goes on, and `frames/`, the decoded videos.

    Raises:
        StreamError: a video cannot be decoded.
        ValueError: something is wrong with the data set or the network's options, or training diverged.
        OSError: the disk is full.
    """
    videos = read_videos(config)
    with phases("decoding") as show:
        data = load_recordings(videos, config, out / "frames", show)
    task = task_of(config, data.recordings["train"])
    network = begin_network(config, task)
    lesson = Lesson(
        config,
        task.objective,
        task.wanted,
        data.recordings["train"],
        data.recordings["validation"],
        out,
        config.crop,
        config.sampling.augment,
    )
    if config.two_step:
        train_in_two_steps(network, config.two_step, lesson, phases)
    else:
        train_jointly(network, lesson, phases)
    draw_curves(out)
    with phases("metrics") as show:
        metrics = judge_network(network, config, task, data.judged, show)
    card = task.card(config)
    if has_events(task, data.recordings["validation"]):
        score = partial(score_clips, network, config, task)
        event_spec = choose_events(score, task, data.recordings["validation"])
        metrics |= measure_events(score, task, event_spec, data.judged)
        card = replace(card, event_spec=event_spec)
    card = replace(card, metrics={"measured_on": data.summary, **metrics})
    return store_model(task.finished(network), card, out)
