"""Tests of models/benchmarks: seeded numbers, and the parity figures that the benchmark carries with it."""

import json
from pathlib import Path

import pytest
import torch

from models.benchmarks.i3d_parity import (
    FIRST_LOGITS,
    LAST_LOGITS,
    MEAN_SIZE,
    NORM,
    TOLERANCE,
    fill_as_reference,
    parity_error,
)
from models.benchmarks.seeded import seeded_tensor
from models.registry import build_network


def test_seeded_numbers_are_the_same_everywhere_and_differ_by_name() -> None:
    assert seeded_tensor("a", (2, 3)).equal(seeded_tensor("a", (2, 3)))
    assert not seeded_tensor("a", (2, 3)).equal(seeded_tensor("b", (2, 3)))
    # crc32("i3d_rgb_1x3x16x224x224") seeds the input of the published figures, mapped to -1..1 there.
    first = seeded_tensor("i3d_rgb_1x3x16x224x224", (1, 3, 16, 224, 224)).flatten()[:2] * 2 - 1
    assert first.tolist() == pytest.approx([-0.2704594135284424, 0.6615471839904785], abs=1e-7)


@pytest.mark.slow
def test_a_network_that_differs_a_little_is_noticed() -> None:
    network = build_network("i3d_rgb").eval()
    fill_as_reference(network)
    assert parity_error(network) <= TOLERANCE
    with torch.no_grad():
        network.get_parameter("Mixed_4c.b1b.conv3d.weight").mul_(1.01)
    assert parity_error(network) > 10 * TOLERANCE


def test_the_figures_are_those_of_the_fixture(parity: Path) -> None:
    case = json.loads((parity / "i3d_rgb.json").read_text())["cases"]["i3d_rgb_1x3x16x224x224"]
    logits = case["logits_mean_over_time_and_space"]
    assert list(FIRST_LOGITS) == logits["first"]
    assert list(LAST_LOGITS) == logits["last"]
    assert logits["norm"] == NORM
    assert logits["abs_mean"] == MEAN_SIZE
