"""Scores the activity in a clip: one network on RGB, one on optical flow, or both summed."""

from collections.abc import Sequence
from typing import Any, Protocol

import torch
from torch import Tensor

from models.predictor import ClipSpec, ModelCard
from models.predictors.answering import answer_clips
from models.results import Result
from models.samples import Clip, Sample


class Stream(Protocol):
    """One network with its own view of a clip."""

    def prepare(self, clip: Clip) -> Any:
        """Return what `logits` reads, such as (C, T, H, W), float32; safe to call from several threads."""
        ...

    def logits(self, inputs: Sequence[Any]) -> Tensor:
        """Return one row of logits an input, (N, num_classes), float32."""
        ...


class ClipClassifier:
    """Sums the logits of its streams with equal weight and returns their softmax, or what else the card asks for.

    Args:
        card: Its `clip_spec` and `labels` are what this predictor goes by.
        streams: One, or RGB and flow for the two-stream model.
        max_batch_size: Clips worth handing over together.

    Source: Carreira & Zisserman 2017, arXiv:1705.07750, section 2.4 (the streams' predictions are combined at test).
    """

    accepts: type[Sample] = Clip

    def __init__(self, card: ModelCard, streams: Sequence[Stream], *, max_batch_size: int) -> None:
        self.name = card.name
        self.card = card
        self.clip_spec = card.clip_spec
        self.max_batch_size = max_batch_size
        self._streams = streams

    def prepare(self, sample: Sample) -> list[Any]:
        clip = require_clip(sample, self.clip_spec, self.name)
        return [stream.prepare(clip) for stream in self._streams]

    def predict(self, prepared: Sequence[list[Any]]) -> list[Result]:
        if not prepared:
            return []
        inputs_of_streams = zip(*prepared, strict=True)
        parts = [stream.logits(inputs) for stream, inputs in zip(self._streams, inputs_of_streams, strict=True)]
        return answer_clips(self._join(torch.stack(parts)), self.card)

    def _join(self, logits: Tensor) -> Tensor:
        """Return the logits of all streams together, (S, N, num_classes) to (N, num_classes)."""
        return logits.sum(0)


def require_clip_spec(card: ModelCard) -> ClipSpec:
    """Return the clips that a card asks for.

    Raises:
        ValueError: it states none.
    """
    if card.clip_spec is None:
        raise ValueError(f"the card of {card.name} must state a clip_spec, because {card.network} reads clips")
    return card.clip_spec


def require_single_frames(card: ModelCard) -> ClipSpec:
    """Return the clips that a card asks for, which are of one frame each.

    Raises:
        ValueError: it states none, or longer ones.
    """
    if card.clip_spec is None or card.clip_spec.num_frames != 1:
        raise ValueError(f"the card of {card.name} must state a clip_spec of single frames, got {card.clip_spec}")
    return card.clip_spec


def require_clip(sample: Sample, spec: ClipSpec | None, name: str) -> Clip:
    """Return the sample as a clip of the length that the model wants.

    Raises:
        ValueError: the sample is no clip, or has another number of frames.
    """
    if not isinstance(sample, Clip):
        raise ValueError(f"{name} reads clips of video, got {type(sample).__name__} from {sample.source_id!r}")
    if spec is not None and sample.num_frames != spec.num_frames:
        raise ValueError(
            f"{name} reads clips of {spec.num_frames} frames, got {sample.num_frames} from {sample.source_id!r}; "
            "make them by the model's clip_spec"
        )
    return sample
