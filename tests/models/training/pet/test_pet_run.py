"""A training run for PET lesions, at the smallest scale."""

from pathlib import Path

import numpy as np
import pytest
import yaml

from models.evaluation.lesions import LesionCounts
from models.evaluation.overlap import OverlapCounts
from models.pet.lesion_mask import MaskRule
from models.predictor import ModelCard
from models.simulation.pet.lesions import CONTRASTS
from models.training.pet.judging import OTHERS, Judged, choose_rule, summarise
from models.training.pet.scans import simulate_scan, taught_scan
from tests.app.training.made_runs import train

CONFIG = {
    "kind": "pet_lesion",
    "name": "small",
    "network_options": {"f_maps": 8, "num_levels": 2},
    "scans": {
        "train": {"first": 1, "count": 2},
        "validation": {"first": 3, "count": 1},
        "test": {"first": 5, "count": 2},
    },
    "fit": {"steps": 1, "batch_size": 2, "learning_rate": 0.01},
    "card": dict.fromkeys(("preprocessing", "licence", "intended_use", "training", "limits"), "test"),
    "threads": 1,
}


def test_what_is_taught_of_a_scan_is_the_share_of_each_voxel_that_is_lesion() -> None:
    scan = simulate_scan(4)
    taught = taught_scan(scan)
    assert taught.voxels.shape == (1, 40, 64, 64)
    volume = float(taught.targets.sum()) * scan.window.grid.voxel_mm3
    assert volume == pytest.approx((scan.labels > 0).sum() * scan.grid.voxel_mm3, rel=0.05)
    assert 0 <= taught.targets.min() <= taught.targets.max() <= 1


def test_contrasts_change_how_bright_lesions_are_and_nothing_else() -> None:
    faint, bright = (simulate_scan(4, contrasts) for contrasts in ((1.5, 1.6), CONTRASTS))
    assert np.array_equal(faint.labels, bright.labels)
    inside = faint.labels > 0
    assert faint.uptake[inside].mean() < bright.uptake[inside].mean()


def test_the_rule_that_outlines_best_is_chosen() -> None:
    scan = simulate_scan(4)
    wide = np.asarray(taught_scan(scan).targets > 0.01, np.float32)  # a network that takes too much
    rule = choose_rule([scan], [wide], lambda *_: None, num_threads=1)
    assert rule.dilate_mm > 0
    assert rule.least_share > 0


def test_metrics_tell_what_was_found_missed_and_made_up() -> None:
    found = Judged(OverlapCounts(100, 90, 80), LesionCounts(2, 2, 2, 0))
    missed = Judged(OverlapCounts(50, 40, 30), LesionCounts(2, 1, 2, 1))
    healthy = Judged(OverlapCounts(0, 0, 0), LesionCounts(0, 0, 0, 0))
    metrics = summarise([found, missed, healthy], {"other": [found, missed, healthy]})
    assert metrics["lesion_sensitivity"]["value"] == 0.75
    assert metrics["lesion_precision"]["value"] == 0.75
    assert metrics["num_false_lesions"] == 1
    assert metrics["healthy_scans_without_a_finding"]["value"] == 1
    assert metrics["dice"]["value"] == pytest.approx((160 / 190 + 60 / 90) / 2, abs=1e-4)
    assert metrics["dice_other"] == metrics["dice"]


@pytest.mark.slow
def test_a_run_writes_a_model_with_its_rule_and_its_metrics(tmp_path: Path) -> None:
    config = tmp_path / "small.yaml"
    config.write_text(yaml.safe_dump(CONFIG))
    code, said = train(config)
    assert code == 0, said
    card = ModelCard.load(tmp_path / "out" / "small.json")
    assert card.reads == "volume"
    MaskRule(**card.serving_options)
    assert {
        "dice",
        "lesion_sensitivity",
        "num_false_lesions",
        *(f"dice_{name}" for name in OTHERS),
    } <= card.metrics.keys()


def test_parts_must_not_share_a_seed(tmp_path: Path) -> None:
    config = tmp_path / "small.yaml"
    scans = {**CONFIG["scans"], "test": {"first": 2, "count": 2}}  # type: ignore[dict-item]
    config.write_text(yaml.safe_dump({**CONFIG, "scans": scans}))
    code, said = train(config)
    assert code == 2
    assert "must not share a seed" in " ".join(said.split())
