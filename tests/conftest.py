"""What every test may use: the shared data beside the project, and a random state that is restored."""

import os
import random
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

PROJECT = Path(__file__).resolve().parent.parent


def _beside_project(name: str, variable: str) -> Path:
    folder = Path(os.environ.get(variable, PROJECT.parent / "shared" / name))
    if not folder.is_dir():
        pytest.skip(f"{folder} is absent; set {variable} to the folder {name}/ to run this test")
    return folder


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Folder of real videos, images and volumes with ground truth."""
    return _beside_project("data", "VIGIL_DATA")


@pytest.fixture(scope="session")
def parity() -> Path:
    """Folder of outputs of the public reference implementations."""
    return _beside_project("parity", "VIGIL_PARITY")


@pytest.fixture(autouse=True)
def _restored_randomness() -> Iterator[None]:
    python_state, numpy_state = random.getstate(), np.random.get_state()
    yield
    random.setstate(python_state)
    np.random.set_state(numpy_state)
