"""The parts of a training run of the echo models, from simulated loops to two models on disk with their cards."""

import copy
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import torch
from torch import nn

from models.echo.neighbours import FRAMES_SEEN
from models.networks.echo_frames import EchoFrameNet
from models.predictor import ModelCard
from models.predictors.echo_ef import EchoEf
from models.predictors.echo_networks import ClipEfReader, FrameReader
from models.registry import build_network
from models.simulation.echo.anatomy import VIEWS, View
from models.training.batches import Batch, made_ahead
from models.training.curves import CurveTable
from models.training.echo.config import EchoTrainConfig, LoopPart, StageConfig
from models.training.echo.ef_training import EF_NUMBER, EfBatches, clips_to_input, speak_percent
from models.training.echo.frame_training import FrameBatches, JoinedHeads, MaskAndView, frames_to_input
from models.training.echo.loops import LabelledBeat, LabelledFrames, render_beat, simulate_beat, simulate_frames
from models.training.loop import Trainee
from models.training.objectives import Objective
from models.training.phases import Show
from models.training.side_by_side import side_by_side
from models.weights import store_model


def loop_orders(part: LoopPart) -> list[tuple[int, View]]:
    """Return seed and view of every loop of a part: the apical four-chamber view first, then the others."""
    counts = (part.count, part.two_chamber, *[part.others] * len(VIEWS[2:]))
    return [
        (seed, view)
        for view, count in zip(VIEWS, counts, strict=True)
        for seed in range(part.first, part.first + count)
    ]


def render_frames(part: LoopPart, num_threads: int, show: Show) -> list[LabelledFrames]:
    """Render frames of the loops of one part."""
    return simulate_frames(loop_orders(part), show, num_threads=num_threads)


def simulate_beats(config: EchoTrainConfig, frames: nn.Module, show: Show) -> list[LabelledBeat]:
    """Return beats as moving masks: those that the frame network finds in pictures, then true ones."""
    loops, find_masks = config.loops, FrameReader(frames).probabilities
    first = loops.train.seeds[-1] + 1  # hearts that the frame network was not taught: it errs on them as on others
    rendered = range(first, first + loops.rendered_beats)
    total = loops.beats + loops.rendered_beats
    beats = side_by_side(
        lambda seed: render_beat(seed, find_masks),
        rendered,
        lambda done, _, note="": show(done, total, note),
        num_threads=config.threads,
    )
    for seed in range(first + loops.rendered_beats, first + total):
        beats.append(simulate_beat(seed))
        show(len(beats), total)
    return beats


def train_frames(config: EchoTrainConfig, loops: Sequence[LabelledFrames], log: Path, show: Show) -> nn.Module:
    """Train the network for frames, writing the loss of every step to `log`, a CSV file."""
    torch.manual_seed(config.seed)
    network = EchoFrameNet(len(VIEWS), in_channels=FRAMES_SEEN, **config.frames.network_options)
    batches = FrameBatches(loops, batch_size=config.frames.batch_size, seed=config.seed)
    trained = _train(
        JoinedHeads(network),
        config.frames,
        MaskAndView(),
        batches.make,
        config.threads,
        log,
        show,
        read=frames_to_input,
    )
    return _as_stored(trained.network)  # type: ignore[arg-type]


def train_ef(config: EchoTrainConfig, beats: Sequence[LabelledBeat], log: Path, show: Show) -> nn.Module:
    """Train the network for the ejection fraction on moving masks."""
    torch.manual_seed(config.seed)
    network = build_network("echo_ef", **config.ef.network_options)
    batches = EfBatches(beats, batch_size=config.ef.batch_size, seed=config.seed)
    trained = _train(network, config.ef, EF_NUMBER, batches.make, config.threads, log, show, read=clips_to_input)
    speak_percent(trained)
    return _as_stored(trained)


def make_predictor(frames: nn.Module, ef: nn.Module) -> tuple[EchoEf, FrameReader]:
    """Return the networks as a user's recording is read with them, and the one for frames alone."""
    reader = FrameReader(frames)
    card = ModelCard("echo_ef", "echo_ef", ("ef_percent",), "", "", "")
    return EchoEf(card, views=VIEWS, frames=reader, masks=reader, ef=ClipEfReader(ef)), reader


def write_models(
    config: EchoTrainConfig, frames: nn.Module, ef: nn.Module, metrics: dict[str, Any], directory: Path
) -> ModelCard:
    """Write both models into a directory and return the card of the one that reads the ejection fraction."""
    common = config.card.model_dump()
    frames_card = ModelCard(
        name=config.frames_name,
        network="echo_frames",
        network_options={"num_classes": len(VIEWS), "in_channels": FRAMES_SEEN, **config.frames.network_options},
        labels=VIEWS,
        preprocessing="the fan's square, 112 x 112, grey in [-1, 1], each frame with those 40 ms before and after",
        metrics=metrics["frames"],
        **common,
    )
    ef_card = ModelCard(
        name=config.name,
        network="echo_ef",
        network_options=config.ef.network_options,
        labels=("ef_percent",),
        preprocessing=f"32 frames at 25 Hz round an end of systole, cut out round the mask of {config.frames_name}, "
        "32 x 32, the mask alone, in [-1, 1]; the network corrects the ejection fraction by area and length",
        metrics=metrics["ef"],
        **common,
    )
    store_model(_halved(frames), frames_card, directory)
    return store_model(_halved(ef), ef_card, directory)


def _train(
    network: nn.Module,
    stage: StageConfig,
    objective: Objective,
    make_batch: Any,
    num_threads: int,
    log: Path,
    show: Show,
    *,
    read: Any,
) -> nn.Module:
    table = CurveTable(log, ("loss", objective.score_name, "learning_rate"), first_step=0)
    trainee = Trainee(network, stage, objective, num_threads=num_threads, read=read)
    with closing(table), closing(trainee):
        batch: Batch
        for batch in made_ahead(make_batch, range(stage.steps)):
            step = trainee.take_step(batch)
            table.add(step.step, step.loss, step.score, step.learning_rate)
            show(step.step + 1, stage.steps, f"loss {step.loss:.3f}")
        return trainee.average


def _as_stored(network: nn.Module) -> nn.Module:
    """Return the network with its weights rounded as stored: what is measured is what is shipped."""
    return _halved(network).float().eval()


def _halved(network: nn.Module) -> nn.Module:
    return copy.deepcopy(network).half()
