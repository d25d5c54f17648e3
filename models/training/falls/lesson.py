"""Teaches the fall network from described clips: batches drawn by label and source, then the shared training loop."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from models.falls.description import NUM_NUMBERS
from models.falls.labels import FALL, LABELS
from models.falls.motion import CLIP_FRAMES, STEPS
from models.networks.falls import FRAMES_PER_LOOK, FallNet
from models.networks.frame_features import EFFICIENTNET_LITE0_FEATURES
from models.training.batches import Batch, as_it_is
from models.training.checkpoints import fingerprint
from models.training.falls.config import FallsConfig
from models.training.falls.examples import UNKNOWN, Examples, Watched
from models.training.fitting import Stage, Validation, fit, validate_on
from models.training.objectives import OneLabel
from models.training.phases import Show

LOOKS = -(-CLIP_FRAMES // FRAMES_PER_LOOK)
"""Frames of a clip at which the CNN looks."""
FALL_SHARE, OTHER_SHARE = 0.3, 0.4
"""Of a batch; the labels that are left share the rest."""
SOURCE_WEIGHTS = {"recorded": 1.0, "home": 1.0, "ordinary": 1.0, "bedside": 1.5}
"""How often a source is drawn against the others that show the same label."""
SHOWN_SHARE = 0.5
"""Of the clips of which the features of frames are shown."""
NUMBER_SPREAD = 0.15
"""Standard deviation of the factor on each number of a clip."""
JUDGED_STEPS = 6
"""Outputs at the end of a clip that are asked for what is true; earlier ones cannot know it."""
CLIPS_AT_ONCE = 256


@dataclass(frozen=True, eq=False)
class Material:
    """One recording, ready to be learned from or judged."""

    watched: Watched
    examples: Examples
    looks: np.ndarray
    """Features of every third frame, float16, (ceil(T / 3), 1280)."""

    def looks_of(self, start: int) -> np.ndarray:
        """Return the features that belong to the clip which starts at a frame, (LOOKS, 1280)."""
        first = round(start / FRAMES_PER_LOOK)
        return np.asarray(self.looks[np.minimum(first + np.arange(LOOKS), len(self.looks) - 1)], np.float32)


def learn(
    network: FallNet,
    config: FallsConfig,
    taught: Sequence[Material],
    validation: Sequence[Material],
    *,
    stage: str,
    folder: Path,
    show: Show,
) -> None:
    """Train a network; killed, the same call goes on. Curves and checkpoint lie in the folder, under the stage's name.

    Raises:
        ValueError: a label never occurs, training diverged, or the folder holds the state of another run.
        OSError: the disk is full.
    """
    draw = _Draw(taught, config)
    fit(
        Stage(
            name=stage,
            network=_Packed(network),
            objective=LastSteps(config.fit.label_smoothing),
            config=config.fit,
            make_batch=draw.batch,
            read=as_it_is,
            validate=lambda packed: _validate(packed, validation),
            num_threads=1,
            fingerprint=fingerprint(stage, config, _descriptions((*taught, *validation))),
        ),
        folder,
        show,
    )


@torch.inference_mode()
def scores_of(network: FallNet, material: Material, *, shows_looks: bool = True) -> np.ndarray:
    """Return the scores of every clip of a recording, (M, number of labels)."""
    network.eval()
    packed = _pack(material, range(len(material.examples.starts)), np.full(len(material.examples.starts), shows_looks))
    groups = torch.split(torch.from_numpy(packed), CLIPS_AT_ONCE)
    rows = [_Packed(network)(group)[:, -1].softmax(1) for group in groups]
    return np.asarray(torch.cat(rows).numpy())


@dataclass(frozen=True)
class LastSteps:
    """One label a clip, asked for at its last steps: outputs are logits (N, T, C), targets indices (N,)."""

    label_smoothing: float = 0.0
    score_name = "accuracy"

    def total_loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        asked = outputs[:, -JUDGED_STEPS:].flatten(0, 1)
        repeated = targets.repeat_interleave(JUDGED_STEPS, 0)
        return OneLabel(self.label_smoothing).total_loss(asked, repeated) / JUDGED_STEPS

    def total_score(self, outputs: Tensor, targets: Tensor) -> float:
        return OneLabel().total_score(outputs[:, -1], targets)

    def answers(self, outputs: Tensor) -> Tensor:
        return OneLabel().answers(outputs[:, -1])


class _Packed(nn.Module):
    """The network as it is taught: everything of a clip in one row, (N, 1, K)."""

    def __init__(self, network: FallNet) -> None:
        super().__init__()
        self.network = network

    def forward(self, packed: Tensor) -> Tensor:
        sizes = [STEPS * NUM_NUMBERS, LOOKS * EFFICIENTNET_LITE0_FEATURES, 1]
        numbers, looks, is_shown = torch.split(packed[:, 0], sizes, 1)
        logits: Tensor = self.network(
            numbers.reshape(-1, STEPS, NUM_NUMBERS),
            looks.reshape(-1, LOOKS, EFFICIENTNET_LITE0_FEATURES),
            is_shown[:, 0],
        )
        return logits


class _Draw:
    """Draws clips by their label, then by their source."""

    def __init__(self, taught: Sequence[Material], config: FallsConfig) -> None:
        self._taught, self._config = taught, config
        places: dict[tuple[int, str], list[tuple[int, int]]] = {}
        for index, material in enumerate(taught):
            for clip, target in enumerate(material.examples.targets):
                places.setdefault((int(target), material.watched.source), []).append((index, clip))
        places = {key: found for key, found in places.items() if key[0] != UNKNOWN}
        absent = [label for index, label in enumerate(LABELS) if index not in {target for target, _ in places}]
        if absent:
            raise ValueError(f"every label must occur among the videos for training, {', '.join(absent)} does not")
        self._keys = list(places)
        self._places = [np.array(places[key]) for key in self._keys]
        self._chances = np.array([SOURCE_WEIGHTS[source] for _, source in self._keys])
        for target in range(len(LABELS)):
            is_of = np.array([key[0] == target for key in self._keys])
            self._chances[is_of] *= _label_share(target) / self._chances[is_of].sum()
        self._chances /= self._chances.sum()

    def batch(self, step: int) -> Batch:
        rng = np.random.default_rng((self._config.seed, step))
        size = self._config.fit.batch_size
        keys = rng.choice(len(self._keys), size, p=self._chances)
        drawn = [self._places[key][rng.integers(len(self._places[key]))] for key in keys]
        is_shown = rng.random(size) < SHOWN_SHARE
        rows = [
            _pack(self._taught[index], [clip], shown[None])
            for (index, clip), shown in zip(drawn, is_shown, strict=True)
        ]
        inputs = np.concatenate(rows)
        num_numbers = STEPS * NUM_NUMBERS
        factors = 1 + rng.normal(0, NUMBER_SPREAD, (size, 1, NUM_NUMBERS)).astype(np.float32)
        inputs[..., :num_numbers] *= np.tile(factors, (1, 1, STEPS))
        return Batch(inputs, np.array([self._keys[key][0] for key in keys]))


def _label_share(target: int) -> float:
    if LABELS[target] == FALL:
        return FALL_SHARE
    return OTHER_SHARE if target == 0 else (1 - FALL_SHARE - OTHER_SHARE) / (len(LABELS) - 2)


def _pack(material: Material, clips: Sequence[int], is_shown: np.ndarray) -> np.ndarray:
    """Return everything of some clips in one row each, (N, 1, K)."""
    examples = material.examples
    numbers = examples.numbers[list(clips)].reshape(len(clips), -1)
    looks = np.stack([material.looks_of(int(examples.starts[clip])).ravel() for clip in clips])
    return np.concatenate([numbers, looks, is_shown[:, None].astype(np.float32)], axis=1)[:, None]


def _validate(packed: nn.Module, validation: Sequence[Material]) -> Validation:
    known = [(material, np.flatnonzero(material.examples.targets != UNKNOWN)) for material in validation]
    if not any(len(clips) for _, clips in known):
        raise ValueError("no clip of the validation scenes shows anything that is known; render more of them")
    batches = (
        Batch(_pack(material, clips.tolist(), np.ones(len(clips))), material.examples.targets[clips])
        for material, clips in known
        if len(clips)
    )
    return validate_on(packed, LastSteps(), batches)


def _descriptions(materials: Sequence[Material]) -> Iterator[str]:
    for material in materials:
        watched = material.watched
        yield f"{watched.name} {watched.source} {watched.spans} {material.examples.numbers.shape}"
