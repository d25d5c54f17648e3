"""What a phase model is worth: metrics on operations it never saw, each with its confidence interval."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import numpy as np
import torch

from models.evaluation.bootstrap import bootstrap
from models.evaluation.events import EventScores, total_scores
from models.evaluation.segmental import edit_score, segmental_scores
from models.networks.surgical_phase import SurgicalPhaseNet
from models.surgical_phases import PHASES, TOOLS
from models.training.surgery.operations import DescribedOperation, seconds_left

OVERLAPS = (0.1, 0.25, 0.5)
"""Of segments, at which their F1 is given."""


@dataclass(frozen=True, eq=False)
class OperationOutcome:
    """What the model said of one operation, second by second, beside the truth."""

    truth: np.ndarray
    """Index of the phase, (T,)."""
    found: np.ndarray
    """What the memory said, online, (T,)."""
    alone: np.ndarray
    """What the frame CNN said of each frame by itself, (T,)."""
    left: np.ndarray
    """Seconds that the phase goes on, (T,)."""
    found_left: np.ndarray
    """Quantiles of the same, (T, 3)."""
    tools: np.ndarray
    """1 for each instrument in the picture, (T, number of instruments)."""
    found_tools: np.ndarray
    """Scores of the same."""

    @cached_property
    def segments(self) -> dict[float, EventScores]:
        """How well the segments agree, at each of `OVERLAPS`."""
        return {overlap: segmental_scores(self.truth, self.found, overlap) for overlap in OVERLAPS}

    @cached_property
    def edit(self) -> float:
        """How alike the orders of the segments are, 0..1."""
        return edit_score(self.truth, self.found)


@torch.inference_mode()
def judge(network: SurgicalPhaseNet, operation: DescribedOperation) -> OperationOutcome:
    """Run the memory over a whole operation and put what it says beside the truth."""
    labels, described = operation.labels, operation.described.astype(np.float32)
    steps = network.eval().follow(torch.from_numpy(described)[None])
    alone = described[:, -network.look.num_tools - network.num_classes :]
    return OperationOutcome(
        labels.phases,
        steps.phase_logits[0].argmax(-1).numpy(),
        alone[:, : network.num_classes].argmax(1),
        seconds_left(labels.phases),
        steps.log_left[0].expm1().clamp(min=0).numpy(),
        labels.tools,
        alone[:, network.num_classes :],
    )


def summarise(outcomes: Sequence[OperationOutcome]) -> dict[str, Any]:
    """Return the metrics as plain JSON values; intervals are 95 % bootstrap over operations."""
    metrics: dict[str, Callable[[Sequence[OperationOutcome]], float]] = {
        "frame_accuracy": _accuracy,
        "frame_accuracy_without_memory": _accuracy_alone,
        **{f"segmental_f1_at_{overlap:g}": partial(_segmental_f1, overlap) for overlap in OVERLAPS},
        "edit_score": _edit,
        "mean_jaccard": _jaccard,
        "time_left_error_seconds": _left_error,
        "time_left_error_seconds_of_the_mean": _left_error_of_mean,
        "time_left_within_interval": _left_within,
        "tool_accuracy": _tool_accuracy,
    }
    told: dict[str, Any] = {"num_operations": len(outcomes), "num_hours": round(_hours(outcomes), 2)}
    told |= {name: bootstrap(outcomes, metric).rounded() for name, metric in metrics.items()}
    for name, metric in (("recall", _recall), ("precision", _precision)):
        told[f"{name}_by_phase"] = {
            phase: bootstrap(outcomes, partial(metric, index), num_resamples=300).rounded()
            for index, phase in enumerate(PHASES)
        }
    told["tool_names"] = list(TOOLS)
    return told


def _hours(outcomes: Sequence[OperationOutcome]) -> float:
    return sum(len(outcome.truth) for outcome in outcomes) / 3600


def _accuracy(outcomes: Sequence[OperationOutcome]) -> float:
    return float(np.concatenate([outcome.found == outcome.truth for outcome in outcomes]).mean())


def _accuracy_alone(outcomes: Sequence[OperationOutcome]) -> float:
    return float(np.concatenate([outcome.alone == outcome.truth for outcome in outcomes]).mean())


def _segmental_f1(overlap: float, outcomes: Sequence[OperationOutcome]) -> float:
    return total_scores(outcome.segments[overlap] for outcome in outcomes).f1


def _edit(outcomes: Sequence[OperationOutcome]) -> float:
    return float(np.mean([outcome.edit for outcome in outcomes]))


def _recall(phase: int, outcomes: Sequence[OperationOutcome]) -> float:
    truth, found = _stacked(outcomes)
    return float((found[truth == phase] == phase).mean()) if (truth == phase).any() else float("nan")


def _precision(phase: int, outcomes: Sequence[OperationOutcome]) -> float:
    truth, found = _stacked(outcomes)
    return float((truth[found == phase] == phase).mean()) if (found == phase).any() else float("nan")


def _jaccard(outcomes: Sequence[OperationOutcome]) -> float:
    truth, found = _stacked(outcomes)
    shares = [
        ((truth == phase) & (found == phase)).sum() / ((truth == phase) | (found == phase)).sum()
        for phase in np.unique(truth)
    ]
    return float(np.mean(shares))


def _left_error(outcomes: Sequence[OperationOutcome]) -> float:
    """Mean absolute error of the middle quantile, seconds."""
    return float(np.concatenate([np.abs(outcome.found_left[:, 1] - outcome.left) for outcome in outcomes]).mean())


def _left_error_of_mean(outcomes: Sequence[OperationOutcome]) -> float:
    """The same for somebody who always says the mean of these operations: what a model must beat."""
    left = np.concatenate([outcome.left for outcome in outcomes])
    return float(np.abs(left - left.mean()).mean())


def _left_within(outcomes: Sequence[OperationOutcome]) -> float:
    """Share of the seconds whose true time left lies between the outer quantiles; wanted are 80 %."""
    return float(
        np.concatenate(
            [
                (outcome.found_left[:, 0] <= outcome.left) & (outcome.left <= outcome.found_left[:, 2])
                for outcome in outcomes
            ]
        ).mean()
    )


def _tool_accuracy(outcomes: Sequence[OperationOutcome]) -> float:
    return float(np.concatenate([(outcome.found_tools > 0.5) == (outcome.tools > 0.5) for outcome in outcomes]).mean())


def _stacked(outcomes: Sequence[OperationOutcome]) -> tuple[np.ndarray, np.ndarray]:
    return (
        np.concatenate([outcome.truth for outcome in outcomes]),
        np.concatenate([outcome.found for outcome in outcomes]),
    )
