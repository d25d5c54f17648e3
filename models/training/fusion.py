"""What a run that fuses trained models is made of, and how its result is stored."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from pydantic import Field
from torch import nn

from models.predictor import ClipSpec, ModelCard
from models.predictors.late_fusion import NETWORK, SVM_BIASES, SVM_WEIGHTS
from models.score_fusion import SvmFusion
from models.training.config import ClipConfig
from models.training.video_config import ClassificationConfig, DataRunConfig, FitConfig
from models.weights import store_model


class FusionConfig(DataRunConfig):
    """The data set is the one that the streams were trained on, divided with the same seed."""

    streams: tuple[str, ...] = Field(min_length=2)  # trained models, as `vigil models list` names them
    method: Literal["mean", "svm"] = "mean"  # of the scores; the SVM is fitted to the validation videos
    device: str = "auto"


def as_classification(config: FusionConfig, stream: ModelCard, spec: ClipSpec) -> ClassificationConfig:
    """Return the run that would read the same videos for one stream alone."""
    clip = ClipConfig(
        num_frames=spec.num_frames,
        frame_rate_hz=spec.frame_rate_hz,
        stride_seconds=spec.stride_seconds,
        short_side=spec.short_side,
    )
    return ClassificationConfig(
        name=config.name,
        network=stream.network,
        labels=stream.labels,
        several_labels=stream.answer == "several_labels",
        data=config.data,
        clip=clip,
        crop=stream.input_size,
        fit=FitConfig(steps=1, batch_size=2, learning_rate=1.0),
        card=config.card,
        seed=config.seed,
        threads=config.threads,
    )


def fusion_card(config: FusionConfig, cards: Sequence[ModelCard], spec: ClipSpec, metrics: dict[str, Any]) -> ModelCard:
    """Return the card of the fused model, which names its streams with the weights they had."""
    return ModelCard(
        name=config.name,
        network=NETWORK,
        network_options={"streams": {card.name: card.weights_sha256 for card in cards}, "method": config.method},
        labels=cards[0].labels,
        answer=cards[0].answer,
        clip_spec=spec,
        metrics=metrics,
        **config.card.model_dump(),
    )


def store_fusion(svm: SvmFusion | None, num_streams: int, card: ModelCard, directory: Path) -> ModelCard:
    """Write the fusion and its card; returns the card with the SHA-256 of the fusion.

    Raises:
        OSError: the directory cannot be written to.
    """
    shares = {"mean_weights": np.full(num_streams, 1 / num_streams)}
    arrays = shares if svm is None else {SVM_WEIGHTS: svm.weights, SVM_BIASES: svm.biases}
    return store_model(_Arrays(arrays), card, directory)


class _Arrays(nn.Module):
    """Arrays that are stored as the weights of a network are."""

    def __init__(self, arrays: Mapping[str, np.ndarray]) -> None:
        super().__init__()
        for name, array in arrays.items():
            self.register_buffer(name, torch.from_numpy(np.asarray(array, np.float32)))
