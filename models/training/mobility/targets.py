"""What the network should say of each step, as numbers, and how far it is from that."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from models.mobility import ACTIVITIES
from models.networks.mobility import HEADS
from models.simulation.bedside_people import DenseTruth

NUM_TARGETS = len(ACTIVITIES) + 4
"""Four activities, the personnel, the patient's place, patient alone, staff present."""
UNKNOWN = -1
"""Personnel where no activity goes on: anything may be said."""
ACTIVITY_WEIGHT, PERSONNEL_WEIGHT, PLACE_WEIGHT, PRESENCE_WEIGHT = 4.0, 2.0, 0.5, 1.0
"""Of the mean loss of each head."""


def step_targets(dense: DenseTruth) -> np.ndarray:
    """Return what should be said of each step of a scene, float32, (T, NUM_TARGETS)."""
    columns = (*dense.activities.T, dense.people, dense.places, dense.is_patient_alone, dense.is_staff_present)
    return np.stack(columns, axis=1).astype(np.float32)


@dataclass(frozen=True)
class StepLoss:
    """Outputs are logits (N, T, NUM_LOGITS), targets (N, T, NUM_TARGETS).

    The loss is binary cross-entropy of what may be true together, and cross-entropy of personnel and place.
    """

    score_name = "accuracy"

    def total_loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        activities, personnel, place, presence = torch.split(outputs.float(), list(HEADS.values()), -1)
        count, wanted_place = targets[..., 4].long(), targets[..., 5].long()
        loss = ACTIVITY_WEIGHT * F.binary_cross_entropy_with_logits(activities, targets[..., :4])
        if bool((count != UNKNOWN).any()):
            of_count = F.cross_entropy(personnel.flatten(0, -2), count.flatten(), ignore_index=UNKNOWN)
            loss = loss + PERSONNEL_WEIGHT * of_count
        loss = loss + PLACE_WEIGHT * F.cross_entropy(place.flatten(0, -2), wanted_place.flatten())
        loss = loss + PRESENCE_WEIGHT * F.binary_cross_entropy_with_logits(presence, targets[..., 6:8])
        return loss * len(outputs)

    def total_score(self, outputs: Tensor, targets: Tensor) -> float:
        """Share of the steps at which all four activities are told right."""
        is_right = ((outputs[..., :4] > 0) == (targets[..., :4] > 0.5)).all(-1)
        return float(is_right.float().mean(1).sum())

    def answers(self, outputs: Tensor) -> Tensor:
        return torch.sigmoid(outputs.float())
