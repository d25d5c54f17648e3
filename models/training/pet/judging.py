"""What a lesion network is worth: masks on the scans' own grids against the true lesions."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from torch import nn

from models.evaluation.bootstrap import bootstrap
from models.evaluation.exact import binomial_share
from models.evaluation.lesions import LesionCounts, count_lesions
from models.evaluation.overlap import OverlapCounts, count_overlap
from models.pet.lesion_mask import MaskRule, lesions_on
from models.predictors.pet_lesion import lesion_probabilities
from models.training.pet.scans import Scan
from models.training.phases import Show
from models.training.side_by_side import side_by_side

AS_PREDICTED = MaskRule()
OTHERS = {"as_predicted": AS_PREDICTED, "with_fixed_threshold": MaskRule(dilate_mm=3.0, least_ratio=1.3)}
"""Rules that are measured beside the one that is chosen; the second is the paper's."""
RULES = (
    AS_PREDICTED,
    *(
        MaskRule(probability, dilate_mm, 1.3, share)
        for probability, dilate_mm, share in product((0.3, 0.5), (3.0, 4.5), (0.0, 0.4, 0.45, 0.5))
    ),
)
"""Among which the best is chosen."""


@dataclass(frozen=True)
class Judged:
    """One scan, answered."""

    overlap: OverlapCounts
    lesions: LesionCounts


def probabilities_of(network: nn.Module, scans: Sequence[Scan], show: Show, *, num_threads: int) -> list[np.ndarray]:
    """Return what the network says of every scan."""
    return side_by_side(lambda scan: lesion_probabilities(network, scan.window), scans, show, num_threads=num_threads)


def judge(scan: Scan, probabilities: np.ndarray, rule: MaskRule) -> Judged:
    """Hold the mask of a rule against the truth."""
    found, true = lesions_on(scan.uptake, scan.grid, scan.window, probabilities, rule) > 0, scan.labels > 0
    return Judged(count_overlap(true, found), count_lesions(true, found))


def choose_rule(
    scans: Sequence[Scan], probabilities: Sequence[np.ndarray], show: Show, *, num_threads: int
) -> MaskRule:
    """Return the rule with the fewest lesions missed or falsely found, and of those the highest mean Dice."""

    def worth(rule: MaskRule) -> tuple[int, float]:
        judged = [judge(scan, found, rule) for scan, found in zip(scans, probabilities, strict=True)]
        errors = sum(one.lesions.num_true - one.lesions.num_hit + one.lesions.num_false for one in judged)
        return -errors, _dice(judged)

    values = side_by_side(worth, RULES, show, num_threads=num_threads)
    return max(zip(values, RULES, strict=True), key=lambda pair: pair[0])[1]


def summarise(judged: Sequence[Judged], by_rule: Mapping[str, Sequence[Judged]]) -> dict[str, Any]:
    """Return the metrics as plain JSON values; 95 % intervals: bootstrap over scans, Clopper-Pearson for shares.

    Args:
        judged: scans, by the rule that was chosen.
        by_rule: the same scans by other rules, of which only Dice is told.
    """
    num_true = sum(one.lesions.num_true for one in judged)
    num_found = sum(one.lesions.num_found for one in judged)
    num_false = sum(one.lesions.num_false for one in judged)
    healthy = [one for one in judged if not one.lesions.num_true]
    ill = _with_lesions(judged)
    metrics = {
        "num_scans": len(judged),
        "num_lesions": num_true,
        "dice": bootstrap(ill, _dice).rounded(),
        **{f"dice_{name}": bootstrap(_with_lesions(some), _dice).rounded() for name, some in by_rule.items()},
        "voxel_sensitivity": bootstrap(ill, _voxel_sensitivity).rounded(),
        "voxel_precision": bootstrap(ill, _voxel_precision).rounded(),
        "lesion_sensitivity": binomial_share(sum(one.lesions.num_hit for one in judged), num_true).rounded(),
        "num_false_lesions": num_false,
    }
    if num_found:
        metrics["lesion_precision"] = binomial_share(num_found - num_false, num_found).rounded()
    if healthy:
        silent = sum(not one.lesions.num_found for one in healthy)
        metrics["healthy_scans_without_a_finding"] = binomial_share(silent, len(healthy)).rounded()
    return metrics


def _with_lesions(judged: Sequence[Judged]) -> list[Judged]:
    return [one for one in judged if one.lesions.num_true]


def _mean(value: Callable[[OverlapCounts], float]) -> Callable[[Sequence[Judged]], float]:
    return lambda judged: float(np.mean([value(one.overlap) for one in judged]))


def _dice(judged: Sequence[Judged]) -> float:
    """Mean over the scans with lesions."""
    return float(np.mean([one.overlap.dice for one in judged if one.overlap.num_true]))


_voxel_sensitivity = _mean(lambda counts: counts.num_shared / max(counts.num_true, 1))
_voxel_precision = _mean(lambda counts: counts.num_shared / max(counts.num_found, 1))
