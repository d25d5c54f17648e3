"""How many lesions are found for how many false alarms a scan: FROC, and the metric of the LUNA16 competition.

Source: Setio et al., "Validation, comparison, and combination of algorithms for automatic detection of pulmonary
nodules", Medical Image Analysis 42:1, 2017, arXiv:1612.08012, section 2.3: a candidate hits a nodule if it lies within
its radius; of several that hit one nodule the surest counts and the others count neither way, nor do hits of findings
that are not judged; the competition's number is the mean sensitivity at 1/8, 1/4, 1/2, 1, 2, 4 and 8 false alarms a
scan.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.evaluation.measures import Measure

FALSE_ALARM_RATES = (0.125, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0)


@dataclass(frozen=True)
class Lesion:
    """Something that is truly there."""

    position_mm: tuple[float, float, float]
    diameter_mm: float
    is_judged: bool = True
    """Whether it must be found; else it may be, and counts neither way."""


@dataclass(frozen=True)
class Candidate:
    """A place at which something was suspected."""

    position_mm: tuple[float, float, float]
    score: float


@dataclass(frozen=True, eq=False)
class ScanHits:
    """What the candidates of one scan are worth."""

    num_lesions: int
    hit_scores: np.ndarray
    """Score of the surest candidate on each lesion that was hit."""
    false_scores: np.ndarray
    """Scores of the candidates that hit nothing."""


@dataclass(frozen=True, eq=False)
class FrocCurve:
    """What every threshold would give, from the strictest to the loosest."""

    false_alarms_per_scan: np.ndarray
    """Rising, (K,)."""
    sensitivity: np.ndarray
    """Rising, in 0..1, (K,)."""

    def sensitivity_at(self, false_alarms_per_scan: float) -> float:
        """Return the share of the lesions that are found for so many false alarms; between thresholds interpolated."""
        return float(np.interp(false_alarms_per_scan, self.false_alarms_per_scan, self.sensitivity))

    @property
    def luna16_score(self) -> float:
        """Mean sensitivity at the seven rates."""
        return float(np.mean([self.sensitivity_at(rate) for rate in FALSE_ALARM_RATES]))


def scan_hits(lesions: Sequence[Lesion], candidates: Sequence[Candidate]) -> ScanHits:
    """Match the candidates of one scan to its lesions."""
    positions = np.array([one.position_mm for one in candidates], float).reshape(-1, 3)
    scores = np.array([one.score for one in candidates], float)
    is_free = np.ones(len(candidates), bool)
    hit_scores, num_judged = [], 0
    for lesion in lesions:
        distances = np.linalg.norm(positions - np.array(lesion.position_mm), axis=1)
        hits = distances < lesion.diameter_mm / 2
        is_free &= ~hits
        num_judged += lesion.is_judged
        if lesion.is_judged and hits.any():
            hit_scores.append(scores[hits].max())
    return ScanHits(num_judged, np.array(hit_scores, float), scores[is_free])


def froc(scans: Sequence[ScanHits]) -> FrocCurve:
    """Return the curve of some scans; its sensitivity is not a number where they have no lesion.

    Raises:
        ValueError: there is no scan.
    """
    if not scans:
        raise ValueError("a FROC curve needs at least one scan, got none")
    hits = np.concatenate([scan.hit_scores for scan in scans])
    false = np.concatenate([scan.false_scores for scan in scans])
    thresholds = np.unique(np.concatenate([hits, false]))[::-1]
    num_hit, num_false = (len(some) - np.searchsorted(np.sort(some), thresholds, side="left") for some in (hits, false))
    num_lesions = sum(scan.num_lesions for scan in scans)
    sensitivity = np.concatenate([[0], num_hit]) / (num_lesions or float("nan"))
    return FrocCurve(np.concatenate([[0], num_false]) / len(scans), sensitivity)


def froc_measures() -> list[Measure[ScanHits]]:
    """Return the competition's number, and the sensitivity at each of its seven rates."""

    def at(rate: float) -> Measure[ScanHits]:
        title = f"Sensitivity at {rate:g} false alarms a scan"
        return Measure(f"sensitivity_at_{rate:g}", title, lambda scans: froc(scans).sensitivity_at(rate))

    score: Measure[ScanHits] = Measure(
        "luna16_score", "LUNA16 score", lambda scans: froc(scans).luna16_score, is_headline=True
    )
    return [score, *map(at, FALSE_ALARM_RATES)]
