"""Learning to tell nodules: examples, and a run that ends as if it had not been killed."""

from functools import cache
from pathlib import Path

import numpy as np
import pytest
import torch

from models.networks.nodules import NoduleNet
from models.training.fitting import seed_everything
from models.training.nodules.config import NodulesConfig
from models.training.nodules.examples import NODULE, OTHER, UNSURE, ScanExamples
from models.training.nodules.judging import judge, score_for, summarise
from models.training.nodules.lesson import answers_of, learn
from models.training.nodules.simulated import simulated_examples

CARD = dict.fromkeys(("preprocessing", "licence", "intended_use", "training", "limits"), "a test")


@cache
def small_scan(seed: int) -> ScanExamples:
    return simulated_examples(seed, size=128, num_slices=32, num_nodules=6)


def config_of(steps: int) -> NodulesConfig:
    return NodulesConfig.model_validate(
        {
            "name": "small",
            "network_options": {"channels": 2, "dropout": 0.2},
            "scans": {part: {"first": 10 * index, "count": 1} for index, part in enumerate(("train", "validation"))}
            | {"test": {"first": 90, "count": 1}},
            "fit": {
                "steps": steps,
                "batch_size": 8,
                "learning_rate": 0.01,
                "validate_every": 2,
                "checkpoint_every": 2,
                "precision": "fp32",
            },
            "card": CARD,
        }
    )


def test_places_in_a_nodule_are_nodules_with_its_diameter_and_those_beside_it_are_unsure() -> None:
    scan = small_scan(3)
    assert {NODULE, OTHER} <= set(scan.targets.tolist())
    for position, target, diameter in zip(scan.positions_mm, scan.targets, scan.diameters_mm, strict=True):
        gaps = np.linalg.norm(scan.nodules[:, :3] - position, axis=1) - scan.nodules[:, 3] / 2
        if target == NODULE:
            assert gaps.min() < 0
            assert diameter in scan.nodules[:, 3]
        else:
            assert gaps.min() >= (0 if target == UNSURE else 3)
    assert (scan.targets[scan.num_proposed :] == NODULE).all()


def test_examples_come_back_from_their_file(tmp_path: Path) -> None:
    scan = small_scan(3)
    scan.save(tmp_path / "scan.npz")
    again = ScanExamples.load(tmp_path / "scan.npz")
    assert (again.name, again.num_proposed, again.kinds) == (scan.name, scan.num_proposed, scan.kinds)
    assert all(np.array_equal(getattr(again, name), getattr(scan, name)) for name in ("cubes", "nodules", "targets"))


@pytest.mark.slow
def test_a_killed_run_ends_with_the_same_weights(tmp_path: Path) -> None:
    def trained(folder: Path, *lengths: int) -> NoduleNet:
        for stop in lengths:
            seed_everything(0)
            network = NoduleNet(channels=2, dropout=0.2)
            config = config_of(6)

            def show(done: int, total: int, note: str = "", last: int = stop) -> None:
                if done > last:
                    raise KeyboardInterrupt

            try:
                learn(network, config, [small_scan(3)], [small_scan(3)], folder=folder, show=show)
            except KeyboardInterrupt:
                continue
        return network

    (tmp_path / "once").mkdir()
    (tmp_path / "twice").mkdir()
    once, twice = trained(tmp_path / "once", 6), trained(tmp_path / "twice", 3, 6)
    for name, tensor in once.state_dict().items():
        assert torch.equal(tensor, twice.state_dict()[name]), name


def test_scans_are_judged_by_what_was_proposed_and_the_told_score_keeps_false_alarms_low() -> None:
    scan = small_scan(3)
    judged = [judge(NoduleNet(channels=2).eval(), scan)]
    assert len(judged[0].findings) <= scan.num_proposed
    least = score_for(judged, 1.0)
    told = summarise(judged, least_score=least)
    assert told["num_nodules"] == len(scan.nodules)
    assert told["at_the_told_score"]["false_alarms_per_scan"] <= 2
    assert 0 <= told["luna16_score"]["value"] <= 1


def test_answers_do_not_depend_on_how_many_cubes_go_together() -> None:
    scan, network = small_scan(3), NoduleNet(channels=2).eval()
    answers = answers_of(network, scan)
    assert answers.shape == (len(scan.cubes), 2)
    middle = torch.from_numpy(scan.cubes[:1, 2:-2, 2:-2, 2:-2][:, None]).float() / 255
    assert network(middle).detach().numpy()[0] == pytest.approx(answers[0], abs=1e-5)
