"""What the tests of networks share: the references' outputs, and how ours are held against them."""

import json
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from models.weights import load_reference

Reference = dict[str, Any]


@pytest.fixture(scope="session")
def reference_of(parity: Path) -> Callable[[str], Reference]:
    """Return the outputs of a public implementation by the name of their file, such as "tv_r3d_18"."""
    return lambda name: json.loads((parity / f"{name}.json").read_text())  # type: ignore[no-any-return]


@pytest.fixture(scope="session")
def published_shapes(reference_of: Callable[[str], Reference]) -> Callable[[str], dict[str, list[int]]]:
    """Return the published names of a network's weights with their shapes."""
    return lambda name: reference_of(f"{name}_keys")


@pytest.fixture(scope="session")
def load_published(
    reference_of: Callable[[str], Reference],
    published_shapes: Callable[[str], dict[str, list[int]]],
    recipe: ModuleType,
) -> Callable[[nn.Module, str], nn.Module]:
    """Fill a network under the reference's names, after comparing the numbers with the reference's checksum."""

    def load(network: nn.Module, name: str) -> nn.Module:
        reference = reference_of(name)
        weights = recipe.fill_state_dict(published_shapes(name), reference["gain"], reference.get("overrides"))
        assert recipe.sd_checksum(weights) == pytest.approx(reference["state_dict"])
        load_reference(network, weights)
        return network.eval()

    return load


@pytest.fixture(scope="session")
def assert_like(recipe: ModuleType) -> Callable[[Tensor, dict[str, Any]], None]:
    """Compare with the summary of a reference's output, within the tolerances that its README states."""

    def check(found: Tensor, expected: dict[str, Any]) -> None:
        summary = recipe.summary(found, n=len(expected["first"]))
        tolerance = 1e-4 * max(1.0, expected["abs_mean"])
        assert summary["shape"] == expected["shape"]
        assert summary["first"] == pytest.approx(expected["first"], abs=tolerance)
        assert summary["last"] == pytest.approx(expected["last"], abs=tolerance)
        assert summary["norm"] == pytest.approx(expected["norm"], rel=1e-5)

    return check


@pytest.fixture(scope="session")
def assert_equals_reference(
    reference_of: Callable[[str], Reference],
    load_published: Callable[[nn.Module, str], nn.Module],
    assert_like: Callable[[Tensor, dict[str, Any]], None],
    recipe: ModuleType,
) -> Callable[[nn.Module, str, str], None]:
    """Run one case of a reference through a network and compare the output, and each layer that the reference shows."""

    def check(network: nn.Module, name: str, case: str) -> None:
        expected = reference_of(name)["cases"][case]
        load_published(network, name)
        outputs: dict[str, Tensor] = {}
        for layer in expected["modules"]:
            # A copy: what follows may overwrite a layer's output in place.
            network.get_submodule(layer).register_forward_hook(
                lambda _, __, output, layer=layer: outputs.update({layer: output.clone()})
            )
        with torch.inference_mode():
            found = network(recipe.uniform_input(case, expected["input"]["shape"]))
        for layer, summary in expected["modules"].items():
            assert_like(outputs[layer], summary)
        assert_like(found, expected["output"])

    return check
