"""What the tests of detection share: the reference's outputs for boxes and regions."""

import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import torch
from torch import Tensor


@pytest.fixture(scope="session")
def ops(parity: Path) -> dict[str, Any]:
    """Outputs of torchvision's operations."""
    return json.loads((parity / "tv_ops.json").read_text())  # type: ignore[no-any-return]


@pytest.fixture(scope="session")
def feature_map(ops: dict[str, Any], recipe: ModuleType) -> Tensor:
    return recipe.uniform_input(ops["feat"]["name"], ops["feat"]["shape"])  # type: ignore[no-any-return]


@pytest.fixture
def scattered_boxes() -> Tensor:
    """Boxes in a picture of 100 x 100, many of which overlap, with corners that no rounding makes equal."""
    lower = torch.rand(300, 2) * 70
    return torch.cat([lower, lower + 5 + torch.rand(300, 2) * 30], dim=1)
