"""What a nodule network is worth: the LUNA16 competition's metric, by itself and by kind of nodule."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from torch import nn

from models.evaluation.bootstrap import bootstrap
from models.evaluation.exact import binomial_share
from models.evaluation.froc import FALSE_ALARM_RATES, ScanHits, froc, scan_hits
from models.imaging.answer import Finding
from models.nodules.ranking import candidates_of, rank
from models.training.nodules.examples import ScanExamples
from models.training.nodules.lesson import answers_of


@dataclass(frozen=True, eq=False)
class Judged:
    """One scan with what was found in it."""

    scan: ScanExamples
    findings: tuple[Finding, ...]

    @property
    def hits(self) -> ScanHits:
        return scan_hits(self.scan.lesions, candidates_of(self.findings))


def judge(network: nn.Module, scan: ScanExamples) -> Judged:
    """Rank what the filter proposed; nodules that it missed are missed."""
    count = scan.num_proposed
    return Judged(scan, tuple(rank(scan.positions_mm[:count], answers_of(network, scan)[:count])))


def score_for(judged: Sequence[Judged], false_alarms_per_scan: float) -> float:
    """Return the score from which on findings give so many false alarms a scan."""
    false = np.sort(np.concatenate([one.hits.false_scores for one in judged]))[::-1]
    index = min(int(false_alarms_per_scan * len(judged)), len(false) - 1)
    return round(float(false[index]), 4) if len(false) else 0.5


def summarise(judged: Sequence[Judged], *, least_score: float) -> dict[str, Any]:
    """Return the metrics as plain JSON values; 95 % intervals: bootstrap over scans, Clopper-Pearson for shares."""
    hits = [one.hits for one in judged]
    curve = froc(hits)
    num_nodules = sum(one.num_lesions for one in hits)
    found = sum(int((one.hit_scores >= least_score).sum()) for one in hits)
    false_alarms = float(np.mean([(one.false_scores >= least_score).sum() for one in hits]))
    return {
        "num_scans": len(judged),
        "num_nodules": num_nodules,
        "luna16_score": bootstrap(hits, lambda some: froc(some).luna16_score).rounded(),
        **{f"sensitivity_at_{rate:g}": round(curve.sensitivity_at(rate), 4) for rate in FALSE_ALARM_RATES},
        "proposed_by_the_filter": binomial_share(sum(_num_proposed(one) for one in judged), num_nodules).rounded(),
        "at_the_told_score": {
            "least_score": least_score,
            "sensitivity": binomial_share(found, num_nodules).rounded(),
            "false_alarms_per_scan": round(false_alarms, 3),
        },
        "diameter_error_mm": bootstrap(judged, _median_diameter_error).rounded(2),
        "found_by_kind": _by_kind(judged, least_score),
    }


def _num_proposed(judged: Judged) -> int:
    """Return how many nodules the filter proposed a place in."""
    scan = judged.scan
    positions = scan.positions_mm[: scan.num_proposed]
    return sum(
        bool((np.linalg.norm(positions - row[:3], axis=1) < row[3] / 2).any()) for row in scan.nodules if len(positions)
    )


def _pairs(judged: Judged) -> list[tuple[int, Finding]]:
    """Return each nodule that was hit with its surest finding."""
    pairs = []
    for index, (x, y, z, diameter) in enumerate(judged.scan.nodules):
        near = [one for one in judged.findings if np.linalg.norm(np.array(one.centre_mm) - (x, y, z)) < diameter / 2]
        if near:
            pairs.append((index, near[0]))
    return pairs


def _median_diameter_error(judged: Sequence[Judged]) -> float:
    errors = [abs(finding.diameter_mm - one.scan.nodules[index, 3]) for one in judged for index, finding in _pairs(one)]
    return float(np.median(errors)) if errors else float("nan")


def _by_kind(judged: Sequence[Judged], least_score: float) -> dict[str, str]:
    """Return how many nodules of each kind and place were found at a score, as "found of all"."""
    counts: dict[str, list[bool]] = {}
    for one in judged:
        found = {index for index, finding in _pairs(one) if finding.score >= least_score}
        for index, kind in enumerate(one.scan.kinds):
            for word in kind.split():
                counts.setdefault(word, []).append(index in found)
    return {word: f"{sum(values)} of {len(values)}" for word, values in sorted(counts.items())}
