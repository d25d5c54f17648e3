"""From the logits of a mobility network to scores of labels and a number of people."""

from dataclasses import dataclass

import numpy as np

from models.mobility import ACTIVITIES, MAX_PERSONNEL, PLACES


@dataclass(frozen=True, eq=False)
class MobilityScores:
    """What was said of each of T steps."""

    scores: np.ndarray
    """float32, (T, number of `models.mobility.LABELS`), each in 0..1."""
    personnel: np.ndarray
    """float32, (T,): the number of staff to expect who take part, should an activity go on; 0..3."""


def read_logits(logits: np.ndarray) -> MobilityScores:
    """Read logits (T, 14): four activities, personnel 0 to 3, four places, patient alone, staff present."""
    first, second = len(ACTIVITIES), len(ACTIVITIES) + MAX_PERSONNEL + 1
    third = second + len(PLACES)
    places = _softmax(logits[:, second:third])
    scores = np.concatenate([_sigmoid(logits[:, :first]), places, _sigmoid(logits[:, third:])], axis=1)
    personnel = _softmax(logits[:, first:second]) @ np.arange(MAX_PERSONNEL + 1, dtype=np.float32)
    return MobilityScores(scores.astype(np.float32), personnel.astype(np.float32))


def _sigmoid(logits: np.ndarray) -> np.ndarray:
    return np.asarray(0.5 * (1 + np.tanh(0.5 * logits)))


def _softmax(logits: np.ndarray) -> np.ndarray:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))
