from collections.abc import Callable
from typing import Any

import pytest
import torch

from models.registry import build_network


@pytest.fixture(scope="module")
def detector(request: pytest.FixtureRequest) -> Callable[[str], Any]:
    """Makes each detector once, as small as its module's SMALL says, not sure of anything: it reports many objects."""
    made: dict[str, Any] = {}

    def make(name: str) -> Any:
        if name not in made:
            torch.manual_seed(0)
            made[name] = build_network(name, **request.module.SMALL, score_threshold=0.01)
        return made[name]

    return make
