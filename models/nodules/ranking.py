"""What is left of proposed places when a network has looked at them: each nodule once, the surest first."""

from collections.abc import Sequence

import numpy as np

from models.evaluation.froc import Candidate
from models.imaging.answer import Finding

SMALLEST_MM, LARGEST_MM = 2.0, 40.0
NODULE = "nodule"
_SAME = 0.75
"""Of a finding's diameter: a less sure one so near to its middle is the same, since diameters may be told too small."""


def diameters_of(answers: np.ndarray) -> np.ndarray:
    """Return diameters in mm of the network's answers, (N, 2) to (N,)."""
    return np.asarray(np.clip(np.exp(np.clip(answers[:, 1], -5, 5)), SMALLEST_MM, LARGEST_MM))


def scores_of(answers: np.ndarray) -> np.ndarray:
    """Return how surely each is a nodule, 0..1, of the network's answers, (N, 2) to (N,)."""
    return np.asarray(1 / (1 + np.exp(-np.clip(answers[:, 0].astype(float), -50, 50))))


def rank(positions_mm: np.ndarray, answers: np.ndarray, *, least_score: float = 0.0) -> list[Finding]:
    """Return findings, the surest first; what lies in or at the edge of a surer one is the same.

    Args:
        positions_mm: LPS, (N, 3).
        answers: of the network, (N, 2).
        least_score: findings below it are left out.
    """
    scores, diameters = scores_of(answers), diameters_of(answers)
    kept: list[int] = []
    for index in np.argsort(-scores, kind="stable"):
        if scores[index] < least_score:
            break
        distances = np.linalg.norm(positions_mm[kept] - positions_mm[index], axis=1)
        if not (distances < _SAME * np.maximum(diameters[kept], 5.0)).any():
            kept.append(int(index))
    return [_finding(positions_mm[index], float(diameters[index]), float(scores[index])) for index in kept]


def candidates_of(findings: Sequence[Finding]) -> list[Candidate]:
    """Return findings as they are judged."""
    return [Candidate(finding.centre_mm, finding.score) for finding in findings]


def _finding(position: np.ndarray, diameter: float, score: float) -> Finding:
    x, y, z = (round(float(at), 3) for at in position)
    return Finding(NODULE, round(score, 6), (x, y, z), round(diameter, 2))
