"""What a network is worth on videos it never saw: metrics with confidence intervals, as plain JSON values."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from models.evaluation.bootstrap import bootstrap
from models.evaluation.classification import accuracy, area_under_curve, balanced_accuracy, top_k_accuracy
from models.evaluation.ranking import average_precision, mean_average_precision
from models.evaluation.regression import mean_absolute_error, r_squared, root_mean_square_error
from models.training.answers import Answers

Group = list[Answers]
Metric = Callable[[Sequence[Group]], float]

TOP = 5
NUM_RESAMPLES_BY_LABEL = 200


def judge_labels(answers: Sequence[Answers], labels: tuple[str, ...], *, whole_videos: bool) -> dict[str, Any]:
    """Return the metrics of scores of which one label is right.

    Args:
        answers: one entry a video.
        labels: in the order of the scores.
        whole_videos: each video shows one label throughout, so that its clips may vote.
    """
    metrics: dict[str, Metric] = {
        "clip_accuracy": lambda groups: accuracy(*_clips(groups)),
        "clip_balanced_accuracy": lambda groups: balanced_accuracy(*_clips(groups)),
    }
    if len(labels) > TOP:
        metrics["clip_top5_accuracy"] = lambda groups: top_k_accuracy(*_clips(groups), TOP)
    if whole_videos:
        metrics["video_accuracy"] = lambda groups: accuracy(*_videos(groups))
        metrics["video_balanced_accuracy"] = lambda groups: balanced_accuracy(*_videos(groups))
    by_label = {label: partial(_area_of, index) for index, label in enumerate(labels)}
    return {**_measure(answers, metrics), "clip_auc": _measure_by_label(answers, by_label)}


def judge_several_labels(answers: Sequence[Answers], labels: tuple[str, ...]) -> dict[str, Any]:
    """Return the metrics of independent scores, any number of which are right."""
    metrics: dict[str, Metric] = {"clip_map": lambda groups: mean_average_precision(*_several(groups))}
    areas = {label: partial(_area_of, index) for index, label in enumerate(labels)}
    precisions = {label: partial(_precision_of, index) for index, label in enumerate(labels)}
    return {
        **_measure(answers, metrics),
        "clip_average_precision": _measure_by_label(answers, precisions),
        "clip_auc": _measure_by_label(answers, areas),
    }


def judge_number(answers: Sequence[Answers], name: str) -> dict[str, Any]:
    """Return the metrics of a measured number; a video's number is the mean over its clips."""
    metrics = {f"{name}_{what}": partial(_of_numbers, measure) for what, measure in _NUMBER_METRICS.items()}
    return _measure(answers, metrics)


_NUMBER_METRICS = {"mae": mean_absolute_error, "rmse": root_mean_square_error, "r2": r_squared}


def _measure(answers: Sequence[Answers], metrics: Mapping[str, Metric]) -> dict[str, Any]:
    groups = _groups(answers)
    found = {name: bootstrap(groups, metric).rounded() for name, metric in metrics.items()}
    return {"num_videos": len(answers), "num_groups": len(groups), **found}


def _measure_by_label(answers: Sequence[Answers], metrics: Mapping[str, Metric]) -> dict[str, Any]:
    groups = _groups(answers)
    return {
        label: bootstrap(groups, metric, num_resamples=NUM_RESAMPLES_BY_LABEL).rounded()
        for label, metric in metrics.items()
    }


def _groups(answers: Sequence[Answers]) -> list[Group]:
    groups: dict[str, Group] = defaultdict(list)
    for one in answers:
        groups[one.group].append(one)
    return list(groups.values())


def _clips(groups: Sequence[Group]) -> tuple[np.ndarray, np.ndarray]:
    """Return the scores and targets of all clips."""
    videos = [video for group in groups for video in group]
    return np.concatenate([video.answers for video in videos]), np.concatenate([video.targets for video in videos])


def _videos(groups: Sequence[Group]) -> tuple[np.ndarray, np.ndarray]:
    """Return the mean scores and the target of each video."""
    videos = [video for group in groups for video in group]
    return np.stack([video.answers.mean(0) for video in videos]), np.stack([video.targets[0] for video in videos])


def _several(groups: Sequence[Group]) -> tuple[np.ndarray, np.ndarray]:
    scores, targets = _clips(groups)
    return scores, targets > 0.5


def _area_of(index: int, groups: Sequence[Group]) -> float:
    return area_under_curve(*_scores_of(index, groups))


def _precision_of(index: int, groups: Sequence[Group]) -> float:
    return average_precision(*_scores_of(index, groups))


def _scores_of(index: int, groups: Sequence[Group]) -> tuple[np.ndarray, np.ndarray]:
    scores, targets = _clips(groups)
    return scores[:, index], targets == index if targets.ndim == 1 else targets[:, index] > 0.5


def _of_numbers(measure: Callable[[np.ndarray, np.ndarray], float], groups: Sequence[Group]) -> float:
    found, true = _videos(groups)
    return measure(true[:, 0], found[:, 0])
