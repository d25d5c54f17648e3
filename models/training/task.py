"""What a network is trained for, and all that follows from it: outputs, loss, metrics, card."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import nn

from models.flow.beside_frames import fields_a_frame
from models.predictor import ModelCard
from models.registry import build_network
from models.training.answers import Examiner
from models.training.fitting import seed_everything
from models.training.inputs import input_of
from models.training.judging import judge_labels, judge_number, judge_several_labels
from models.training.objectives import Number, Objective, OneLabel, SeveralLabels
from models.training.phases import Show, shown
from models.training.recordings import Recording, Wanted
from models.training.scoring import SceneScores
from models.training.starting import take_weights
from models.training.video_config import ClassificationConfig, RegressionConfig, VideoRunConfig


@dataclass(frozen=True, eq=False)
class Task:
    """One kind of question about a clip."""

    objective: Objective
    wanted: Wanted
    labels: tuple[str, ...]
    """Of the network's outputs."""
    card_fields: dict[str, Any]
    """What a predictor must know to answer it."""

    def network_options(self, config: VideoRunConfig) -> dict[str, Any]:
        """Return the options of the network, with the number of its outputs and the channels of its input."""
        of_flow = {
            "rgb": {},
            "flow": {"in_channels": 2},
            "frames_and_flow": {"flow_channels": 2 * fields_a_frame(config.clip.num_frames)},
        }[config.input]
        return {**of_flow, **config.network_options, "num_classes": len(self.labels)}

    def card(self, config: VideoRunConfig) -> ModelCard:
        """Return the card of a model trained for this, without metrics."""
        return ModelCard(
            name=config.name,
            network=config.network,
            network_options=self.network_options(config),
            labels=self.labels,
            clip_spec=config.clip.spec,
            input_size=config.crop,
            **self.card_fields,
            **config.card.model_dump(),
        )

    def finished(self, network: nn.Module) -> nn.Module:
        """Return the network as it is stored: it speaks in the unit of what it measures."""
        if isinstance(self.objective, Number):
            _fold_scale(network, self.objective)
        return network


def task_of(config: VideoRunConfig, train: Sequence[Recording]) -> Task:
    """Return the task of a configuration; a number is scaled by what the training videos say."""
    if isinstance(config, RegressionConfig):
        values = np.array([recording.numbers[config.number] for recording in train])
        objective = Number(float(values.mean()), float(values.std()) or 1.0)
        fields = {"answer": "number", "unit": config.unit}
        return Task(objective, Wanted(number=config.number), (config.number,), fields)
    if not isinstance(config, ClassificationConfig):
        raise TypeError(f"no task is known for {type(config).__name__}")
    wanted = Wanted(config.labels, config.several_labels, border_seconds=config.sampling.border_seconds)
    if config.several_labels:
        return Task(SeveralLabels(config.fit.label_smoothing), wanted, config.labels, {"answer": "several_labels"})
    return Task(OneLabel(config.fit.label_smoothing), wanted, config.labels, {"answer": "one_label"})


def begin_network(config: VideoRunConfig, task: Task) -> nn.Module:
    """Return the network with its first weights: random ones of the run's seed, or those of a trained model.

    Raises:
        ValueError: network or options are wrong, or the trained model does not exist or fit anywhere.
    """
    seed_everything(config.seed)
    network = build_network(config.network, **task.network_options(config))
    if config.start_from:
        take_weights(network, config.start_from)
    return network.to(config.device)


def judge_network(
    network: nn.Module, config: VideoRunConfig, task: Task, recordings: Sequence[Recording], show: Show
) -> dict[str, Any]:
    """Return the metrics of a trained network on recordings, every clip as it would be served."""
    examiner = examiner_of(config, task)
    answers = []
    for recording in shown(recordings, show):
        if found := examiner.ask(network, recording, task.wanted):
            answers.append(found)
    if isinstance(config, RegressionConfig):
        return judge_number(answers, config.number)
    if task.wanted.has_several_labels:
        return judge_several_labels(answers, task.labels)
    return judge_labels(answers, task.labels, whole_videos=all(recording.label for recording in recordings))


def score_clips(network: nn.Module, config: VideoRunConfig, task: Task, recording: Recording) -> SceneScores:
    """Return the scores of all clips of a recording, those at the borders of what goes on too.

    Raises:
        ValueError: the recording has no clip.
    """
    everything = Wanted(task.labels, task.wanted.has_several_labels)
    answers = examiner_of(config, task).ask(network, recording, everything)
    if answers is None:
        raise ValueError(f"{recording.name}: at least one clip is required, found none")
    end_seconds = answers.start_seconds + config.clip.spec.duration_seconds
    return SceneScores(answers.start_seconds, end_seconds, answers.answers)


def examiner_of(config: VideoRunConfig, task: Task) -> Examiner:
    """Return what asks a finished network about clips as they are served."""
    network_input = input_of(config.network, config.network_options, config.input)
    spec = config.clip.spec
    return Examiner(network_input, task.objective, spec.num_frames, spec.stride_frames, config.crop)


@torch.no_grad()
def _fold_scale(network: nn.Module, objective: Number) -> None:
    """Let the last layer, which is linear, speak in the unit itself."""
    last = [layer for layer in network.modules() if isinstance(layer, nn.Linear | nn.Conv2d | nn.Conv3d)][-1]
    if last.bias is None:
        raise ValueError("regression needs a network whose last layer has a bias")
    last.weight *= objective.scale
    last.bias.mul_(objective.scale).add_(objective.centre)
