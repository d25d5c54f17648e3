"""What is kept of operations comes back equal, or not at all."""

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from models.networks.surgical_phase import PhaseState
from models.predictors.operation_store import KeptOperation, OperationStore
from models.results import Classification

STATE = PhaseState(torch.randn(1, 1, 8), torch.randn(1, 1, 8), torch.randn(1, 3))
KEPT = KeptOperation(
    STATE, Classification(("a", "b"), (0.25, 0.75)), 1_795_000_000_000 << 32, (1_795_000_000_000 << 32) + 9
)


def store(folder: Path, *, weights: str = "w", at: float = 1000.0) -> OperationStore:
    return OperationStore(folder, weights=weights, forget_seconds=60.0, clock=lambda: at)


def test_an_operation_comes_back_equal(tmp_path: Path) -> None:
    store(tmp_path / "made").keep("theatre-1", KEPT)
    found = store(tmp_path / "made", at=1030.0).find("theatre-1")
    assert found is not None
    assert (found.answer, found.first_frame, found.last_frame) == (KEPT.answer, KEPT.first_frame, KEPT.last_frame)
    for name in ("hidden", "cell", "belief"):
        torch.testing.assert_close(getattr(found.state, name), getattr(STATE, name), rtol=0, atol=0)
    assert store(tmp_path / "made").find("theatre-2") is None


@pytest.mark.parametrize(("weights", "at"), [("other", 1001.0), ("w", 1061.0), ("w", 900.0)])
def test_what_is_of_other_weights_or_times_is_not_found(tmp_path: Path, weights: str, at: float) -> None:
    store(tmp_path).keep("theatre-1", KEPT)
    assert store(tmp_path, weights=weights, at=at).find("theatre-1") is None


@pytest.mark.parametrize("spoil", [lambda content: content[:40], lambda content: b"", lambda content: content[:-7]])
def test_a_damaged_file_is_told_and_not_read(
    tmp_path: Path, spoil: Callable[[bytes], bytes], caplog: pytest.LogCaptureFixture
) -> None:
    store(tmp_path).keep("theatre-1", KEPT)
    [path] = tmp_path.iterdir()
    path.write_bytes(spoil(path.read_bytes()))
    assert store(tmp_path).find("theatre-1") is None
    assert "cannot be read" in caplog.text


def test_a_folder_that_cannot_be_written_only_costs_the_copy(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").write_text("")
    store(tmp_path / "file").keep("theatre-1", KEPT)
    assert "was not kept" in caplog.text
