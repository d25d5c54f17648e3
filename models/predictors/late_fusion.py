"""Serves several trained models of clips as one: their scores are fused as `models/score_fusion.py` does.

Source: Simonyan & Zisserman, Two-Stream Convolutional Networks for Action Recognition in Videos, NeurIPS 2014,
arXiv:1406.2199, section 3. It differs: there may be more than two streams, of any networks, and an SVM's margins go
through a softmax, since a result holds scores.
"""

from collections.abc import Sequence

import numpy as np
import safetensors.numpy

from models.predictor import ClipSpec, ModelCard, Predictor, Prepared
from models.predictors.clip_classifier import require_clip
from models.results import Classification, Result
from models.samples import Clip, Sample
from models.score_fusion import SvmFusion, mean_of_scores
from models.store.stored_models import StoredModel, find_stored

NETWORK = "late_fusion"
SVM_WEIGHTS, SVM_BIASES = "svm_weights", "svm_biases"


class LateFusion:
    """Asks each stream about the same clip, as many frames of it as the stream reads.

    Args:
        card: Its `clip_spec` is that of the stream with the longest clips.
        streams: Predictors with the same labels, rate, stride and size of frames.
        svm: What joins their scores; None: their mean does.
    """

    accepts: type[Sample] = Clip

    def __init__(self, card: ModelCard, streams: Sequence[Predictor], svm: SvmFusion | None = None) -> None:
        self.name = card.name
        self.card = card
        self.clip_spec: ClipSpec | None = card.clip_spec
        self.max_batch_size = min(stream.max_batch_size for stream in streams)
        self._streams = streams
        self._svm = svm

    def prepare(self, sample: Sample) -> list[Prepared]:
        clip = require_clip(sample, self.clip_spec, self.name)
        return [stream.prepare(first_frames(clip, stream.clip_spec)) for stream in self._streams]

    def predict(self, prepared: Sequence[list[Prepared]]) -> list[Result]:
        if not prepared:
            return []
        parts = zip(*prepared, strict=True)
        scores = [scores_of(stream.predict(part)) for stream, part in zip(self._streams, parts, strict=True)]
        fused = fuse(scores, self._svm)
        has_several = self.card.answer == "several_labels"
        return [Classification(self.card.labels, tuple(row), has_several) for row in fused.tolist()]


def fuse(scores: Sequence[np.ndarray], svm: SvmFusion | None) -> np.ndarray:
    """Return the scores of all streams together, (N, num_labels), from one array (N, num_labels) a stream."""
    if svm is None:
        return np.asarray(np.clip(mean_of_scores(scores), 0.0, 1.0))
    margins = svm.margins(scores)
    powers = np.exp(margins - margins.max(1, keepdims=True))
    return np.asarray(powers / powers.sum(1, keepdims=True))


def scores_of(results: Sequence[Result]) -> np.ndarray:
    """Return the scores of classifications, (N, num_labels)."""
    return np.array([result.scores for result in results if isinstance(result, Classification)])


def first_frames(clip: Clip, spec: ClipSpec | None) -> Clip:
    """Return as much of a clip as a model reads, from its start."""
    if spec is None or spec.num_frames == clip.num_frames:
        return clip
    count = spec.num_frames
    return Clip(clip.frames[:count], clip.pts_seconds[:count], clip.source_id, clip.frame_ids[:count])


def common_clip_spec(cards: Sequence[ModelCard]) -> ClipSpec:
    """Return the clips that serve all streams.

    Raises:
        ValueError: the streams answer otherwise, have other labels, or read clips at another rate, stride or size.
    """
    specs = [card.clip_spec for card in cards if card.clip_spec]
    if len(specs) != len(cards) or len(cards) < 2:
        raise ValueError(f"a fusion needs at least two models of clips, got {', '.join(card.name for card in cards)}")
    longest = max(specs, key=lambda spec: spec.num_frames)
    for card, spec in zip(cards, specs, strict=True):
        if _pace(spec) != _pace(longest):
            raise ValueError(
                f"{card.name} must read clips at the rate, stride and size of the other streams, {_pace(longest)}, "
                f"it reads {_pace(spec)}"
            )
        if (card.labels, card.answer) != (cards[0].labels, cards[0].answer) or card.answer == "number":
            raise ValueError(
                f"{card.name} must have the labels of {cards[0].name} in the same order, {', '.join(cards[0].labels)}; "
                f"it has {', '.join(card.labels)}"
            )
    return longest


def stream_names(card: ModelCard) -> list[str]:
    """Return the streams that a fusion's card names.

    Raises:
        ValueError: a stream is missing, or was trained anew since: the fusion's metrics are not those of that one.
    """
    names = []
    for name, sha256 in card.network_options["streams"].items():
        stored = find_stored(name)
        if stored is None or stored.card.weights_sha256 != sha256:
            found = "missing" if stored is None else "another one by now"
            raise ValueError(f"{card.name} fuses the model {name}, which is {found}; train the fusion again")
        names.append(name)
    return names


def stored_svm(stored: StoredModel) -> SvmFusion | None:
    """Return the SVM that belongs to a fusion's card, or None where the mean fuses.

    Raises:
        ValueError: the file is not the one that the card speaks of.
    """
    stored.check_weights()
    tensors = safetensors.numpy.load_file(stored.weights_path)
    if SVM_WEIGHTS not in tensors:
        return None
    return SvmFusion(tensors[SVM_WEIGHTS].astype(float), tensors[SVM_BIASES].astype(float))


def _pace(spec: ClipSpec) -> tuple[float, float, int]:
    return spec.frame_rate_hz, spec.stride_seconds, spec.short_side
