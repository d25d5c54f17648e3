"""Trains one contestant of a comparison, asks it about test videos, and says what it costs."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import torch
from torch import nn

from models.evaluation.flops import count_flops
from models.registry import build_network
from models.training.answers import Answers, Examiner, ask_all
from models.training.fitting import fit, seed_everything
from models.training.inputs import NetworkInput
from models.training.memory_networks import AllSteps, is_memory_network
from models.training.objectives import AtEveryStep, Objective
from models.training.phases import Phases
from models.training.recordings import Recording
from models.training.streams import OnePicture, StreamKind, frames_after, stream_channels, stream_input
from models.training.two_step import train_in_two_steps
from models.training.video_config import TwoStepConfig
from models.training.video_stages import Lesson, clip_stage
from models.transforms import crop_centre

Fusion = Literal["mean", "sum_of_logits"]
NUM_TIMED = 5


@dataclass(frozen=True)
class Stream:
    """One network and what it sees."""

    network: str
    """Name in the registry."""
    kind: StreamKind
    options: dict[str, Any]


@dataclass(frozen=True)
class Contestant:
    """One row of a comparison: a network, or several whose answers are joined."""

    name: str
    streams: tuple[Stream, ...]
    fusion: Fusion = "mean"
    two_step: TwoStepConfig | None = None
    """Train the frame CNN first and its memory after; None: jointly."""


@dataclass(frozen=True, eq=False)
class ContestResult:
    """What came out for one contestant."""

    answers: list[Answers]
    """One entry a test video."""
    num_parameters: int
    gflop: float
    """Of all networks on one clip; optical flow is not counted."""
    clip_ms: float
    """To prepare one clip (flow too) and run all networks on it, one thread, median."""
    lag_seconds: float
    """From a moment to the last frame that a clip centred on it needs."""


def compete(contestant: Contestant, lesson: Lesson, test: Sequence[Recording], phases: Phases) -> ContestResult:
    """Train a contestant's networks apart and ask them together.

    Raises:
        ValueError: a network's options are wrong, or training diverged.
    """
    num_frames = lesson.config.clip.num_frames
    answers: list[list[Answers]] = []
    num_parameters, gflop, clip_ms = 0, 0.0, 0.0
    for index, stream in enumerate(contestant.streams):
        folder = lesson.folder / str(index)
        folder.mkdir(parents=True, exist_ok=True)
        own = replace(lesson, folder=folder, config=_config_of(lesson, stream))
        network, network_input = _train(stream, contestant.two_step, own, phases)
        examiner = _examiner(network_input, own)
        answers.append(ask_all(examiner, network, test, lesson.wanted))
        num_parameters += sum(parameter.numel() for parameter in network.parameters())
        example = test[0].frames[:num_frames]
        gflop += count_flops(network, _read(network_input, example, lesson)) / 1e9
        clip_ms += _time(network, network_input, example, lesson)
    wait = max(frames_after(stream.kind, num_frames) for stream in contestant.streams)
    joined = [_joined(parts, contestant.fusion) for parts in zip(*answers, strict=True)]
    return ContestResult(joined, num_parameters, gflop, clip_ms, wait / lesson.config.clip.frame_rate_hz)


def _config_of(lesson: Lesson, stream: Stream) -> Any:
    return lesson.config.model_copy(update={"network": stream.network, "network_options": stream.options})


def _train(
    stream: Stream, two_step: TwoStepConfig | None, lesson: Lesson, phases: Phases
) -> tuple[nn.Module, NetworkInput]:
    num_frames = lesson.config.clip.num_frames
    network_input = stream_input(stream.kind, stream.network, num_frames)
    seed_everything(lesson.config.seed)
    network = build_network(stream.network, **_options(stream, lesson))
    if two_step:
        train_in_two_steps(network, two_step, lesson, phases)
        return network.eval(), network_input
    if stream.kind in ("middle_frame", "flow_stack"):
        network = OnePicture(network)
    has_memory = is_memory_network(network)
    objective: Objective = AtEveryStep(lesson.objective) if has_memory else lesson.objective
    trained = AllSteps(network) if has_memory else network
    stage = clip_stage("loss", trained, objective, lesson.config.fit, lesson, network_input=network_input)
    with phases("training") as show:
        fit(stage, lesson.folder, show)
    return network.eval(), network_input


def _options(stream: Stream, lesson: Lesson) -> dict[str, Any]:
    channels = stream_channels(stream.kind, lesson.config.clip.num_frames)
    name = "flow_channels" if stream.kind == "frames_and_flow" else "in_channels"
    given = {} if channels is None else {name: channels}
    return {**given, **stream.options, "num_classes": len(lesson.wanted.labels)}


def _examiner(network_input: NetworkInput, lesson: Lesson) -> Examiner:
    clip = lesson.config.clip.spec
    return Examiner(network_input, lesson.objective, clip.num_frames, clip.stride_frames, lesson.crop)


def _joined(parts: Sequence[Answers], fusion: Fusion) -> Answers:
    """Join what the streams say of one video: the mean of their softmax, or the softmax of their summed logits."""
    scores = np.stack([part.answers for part in parts])
    if fusion == "mean":
        return replace(parts[0], answers=scores.mean(axis=0))
    product = np.exp(np.log(np.maximum(scores, 1e-12)).sum(axis=0))
    return replace(parts[0], answers=product / product.sum(axis=1, keepdims=True))


def _read(network_input: NetworkInput, frames: np.ndarray, lesson: Lesson) -> torch.Tensor:
    cropped = crop_centre(np.asarray(frames), lesson.crop) if lesson.crop else np.asarray(frames)
    return network_input.read(torch.from_numpy(network_input.prepare(cropped)[None]))


@torch.inference_mode()
def _time(network: nn.Module, network_input: NetworkInput, frames: np.ndarray, lesson: Lesson) -> float:
    """Milliseconds for one clip, preparation included, the first of all left out."""
    times = []
    for _ in range(NUM_TIMED + 1):
        started = time.perf_counter()
        network(_read(network_input, frames, lesson))
        times.append(time.perf_counter() - started)
    return 1000 * float(np.median(times[1:]))
