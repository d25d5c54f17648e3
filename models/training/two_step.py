"""The usual recipe for a frame CNN with a memory: the CNN by itself, its features once, then the memory on them.

Source: Donahue et al., Long-term Recurrent Convolutional Networks, CVPR 2015, arXiv:1411.4389, section 4.1 (fine-tune
the CNN on single frames first); the features kept on disk make every later step some hundred times cheaper.
"""

from dataclasses import replace
from typing import cast

import numpy as np
import torch
from torch import Tensor, nn

from models.training.features import FeatureExtractor
from models.training.fitting import fit
from models.training.inputs import NetworkInput, input_of
from models.training.memory_networks import FrameClassifier, MemoryAlone, MemoryNetwork, is_memory_network
from models.training.objectives import AtEveryStep
from models.training.phases import Phases
from models.training.video_config import FitConfig, TwoStepConfig
from models.training.video_stages import Lesson, clip_stage


def train_in_two_steps(network: nn.Module, recipe: TwoStepConfig, lesson: Lesson, phases: Phases) -> None:
    """Train the frame CNN on single frames where the recipe says so, then the memory on features.

    Raises:
        ValueError: the network has no frame CNN and memory apart, or as `fit`.
        OSError: the disk is full.
    """
    config = lesson.config
    if not is_memory_network(network):
        raise ValueError(
            "two_step needs a network that looks at frames and remembers, such as cnn_lstm or cnn_rnn, "
            f"got {config.network}"
        )
    network_input = input_of(config.network, config.network_options, config.input)
    if recipe.frames:
        _train_frame_cnn(network, recipe.frames, lesson, network_input, phases)
    extractor = FeatureExtractor(network, network_input, lesson.crop, lesson.folder / "features", config.seed)
    with phases("features") as show:
        validation = extractor.extract(lesson.validation, num_views=1, show=show)
        train = extractor.extract(lesson.train, num_views=recipe.views, show=show)
    _train_memory(network, replace(lesson, train=train, validation=validation, crop=None, is_augmented=False), phases)


def _train_frame_cnn(
    network: nn.Module, fit_config: FitConfig, lesson: Lesson, network_input: NetworkInput, phases: Phases
) -> None:
    memory_network = cast(MemoryNetwork, network)
    classifier = FrameClassifier(memory_network.cnn, memory_network.num_classes)
    stage = clip_stage(
        "frames", classifier, lesson.objective, fit_config, lesson, network_input=network_input, num_frames=1
    )
    with phases("frame CNN") as show:
        fit(stage, lesson.folder, show)


def _train_memory(network: nn.Module, lesson: Lesson, phases: Phases) -> None:
    memory = MemoryAlone(network)
    fit_config = lesson.config.fit
    if fit_config.precision == "auto":  # a recurrence adds up its rounding, and is cheap as it is
        fit_config = fit_config.model_copy(update={"precision": "fp32"})
    stage = clip_stage(
        "loss",
        memory,
        AtEveryStep(lesson.objective),
        fit_config,
        lesson,
        network_input=NetworkInput(np.ascontiguousarray, _features),
    )
    with phases("training") as show:
        fit(stage, lesson.folder, show)
    memory.give_back()


def _features(inputs: Tensor) -> Tensor:
    return inputs.to(torch.float32)
