"""Runs a mobility network over whole scenes and puts what it says beside the truth."""

from dataclasses import dataclass

import numpy as np
import torch

from models.evaluation.events import Span
from models.mobility import FRAME_RATE_HZ, LABELS, count_over
from models.mobility_steps import MobilityScores, read_logits
from models.networks.mobility import MobilityNet
from models.training.mobility.courses import DescribedScene
from models.training.scoring import SceneScores


@dataclass(frozen=True, eq=False)
class JudgedScene:
    """What a network said of one scene, step by step, beside the truth."""

    found: MobilityScores
    truth: np.ndarray
    """bool, (T, number of `LABELS`)."""
    counts: tuple[tuple[int, int], ...]
    """Personnel of each event: the true number, and the one found over the event's own steps."""
    events: tuple[Span, ...]
    look: str

    @property
    def hours(self) -> float:
        return len(self.truth) / FRAME_RATE_HZ / 3600

    @property
    def scene_scores(self) -> SceneScores:
        """The scores as the event detector wants them: each step is a clip of one frame."""
        starts = np.arange(len(self.truth)) / FRAME_RATE_HZ
        return SceneScores(starts, starts + 1 / FRAME_RATE_HZ, self.found.scores)


@torch.inference_mode()
def judge(network: MobilityNet, described: DescribedScene) -> JudgedScene:
    """Run the convolutions over time over a whole scene."""
    logits = network.eval().follow(torch.from_numpy(described.described)[None])[0]
    found = read_logits(logits.numpy())
    scene = described.scene
    counts = []
    for event in scene.events:
        steps = slice(
            int(np.ceil(event.start_seconds * FRAME_RATE_HZ)), int(np.ceil(event.end_seconds * FRAME_RATE_HZ))
        )
        counts.append((event.people, count_over(found.personnel[steps].tolist())))
    events = tuple(Span(event.label, event.start_seconds, event.end_seconds) for event in scene.events)
    return JudgedScene(found, true_labels(described), tuple(counts), events, scene.look)


def true_labels(described: DescribedScene) -> np.ndarray:
    """Return which of `LABELS` are true at each step, bool (T, number of labels)."""
    dense = described.scene.dense
    places = dense.places[:, None] == np.arange(len(LABELS) - 6)
    presence = np.stack([dense.is_patient_alone, dense.is_staff_present], axis=1)
    return np.concatenate([dense.activities, places, presence], axis=1)
