"""How well nuclei are found: with all stages and without each."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from models.detection.found import FoundObjects, instance_layer
from models.evaluation.instances import InstanceOverlap, instance_overlap
from models.imaging.finished import finish
from models.networks.nuclei import NucleiNet
from models.nuclei.pipeline import Stages, find_nuclei
from models.training.phases import Phases, Show, shown
from models.training.pictures.judging import judge_instances
from models.training.pictures.labelled import LabelledPicture
from models.training.pictures.parts import Parts

Pictures = Sequence[LabelledPicture]
ALL_STAGES = "all_stages"


def ablations(stages: Stages) -> dict[str, Stages]:
    """Return the ways of finding nuclei that are measured against each other, all stages first."""
    return {
        ALL_STAGES: stages,
        "without_refinement": replace(stages, refines=False),
        "without_finer_scale": replace(stages, finer_scales=()),
        "without_mirrored_looks": replace(stages, num_mirrors=1),
        "without_scale_estimate": replace(stages, finds_scale=False),
        "one_look_alone": replace(stages, finds_scale=False, num_mirrors=1, finer_scales=(), refines=False),
    }


def overlaps_of(network: NucleiNet, pictures: Pictures, stages: Stages, show: Show) -> list[InstanceOverlap]:
    """Return how the nuclei that are found overlap the true ones, of each picture."""
    return [
        _overlap(picture, finish(find_nuclei(network.eval(), picture.pixels, stages)))
        for picture in shown(pictures, show)
    ]


def measure_stages(network: NucleiNet, pictures: Pictures, stages: Stages, phases: Phases) -> dict[str, Any]:
    """Return the scores with all stages, of every kind of picture by itself, and without each of the stages."""
    metrics: dict[str, Any] = {}
    for name, fewer in ablations(stages).items():
        with phases(name) as show:
            overlaps = overlaps_of(network, pictures, fewer, show)
        if fewer == stages:
            metrics |= judge_instances(overlaps) | {"by_kind": _by_kind(pictures, overlaps)}
        metrics[name] = _brief(overlaps)
    return metrics


def kinds_of(parts: Parts) -> dict[str, str]:
    """Return how many pictures of each kind every part holds, in words."""
    counts = {part: Counter(map(_kind_of, pictures)) for part, pictures in parts.items()}
    return {part: ", ".join(f"{count} {kind}" for kind, count in sorted(of.items())) for part, of in counts.items()}


def _overlap(picture: LabelledPicture, found: FoundObjects) -> InstanceOverlap:
    return instance_overlap(picture.layers[0], instance_layer(found, picture.size))


def _by_kind(pictures: Pictures, overlaps: Sequence[InstanceOverlap]) -> dict[str, dict[str, float]]:
    kinds = [_kind_of(picture) for picture in pictures]
    return {
        kind: _brief([one for one, other in zip(overlaps, kinds, strict=True) if other == kind])
        for kind in sorted(set(kinds))
    }


def _brief(overlaps: Sequence[InstanceOverlap]) -> dict[str, float]:
    """Return the scores without intervals."""
    return {
        "num_pictures": len(overlaps),
        "dsb_score": round(float(np.mean([one.dsb_score for one in overlaps])), 4),
        "score_iou50": round(float(np.mean([one.score(0.5) for one in overlaps])), 4),
        "score_iou75": round(float(np.mean([one.score(0.75) for one in overlaps])), 4),
    }


def _kind_of(picture: LabelledPicture) -> str:
    return picture.groups.get("kind", "unknown")
