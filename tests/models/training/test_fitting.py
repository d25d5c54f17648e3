"""A stage of training: it learns, stops early, keeps the best weights, and goes on where it was stopped."""

import errno
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from models.training.batches import Batch
from models.training.curves import CurveTable, read_curves
from models.training.fitting import Stage, Validation, checkpoint_path, fit
from models.training.objectives import OneLabel
from models.training.video_config import FitConfig

CONFIG = FitConfig(steps=30, batch_size=8, learning_rate=0.05, validate_every=5, checkpoint_every=4, average_decay=0.8)


def network() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Flatten(), nn.Linear(12, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Dropout(0.2), nn.Linear(8, 2))


def make_batch(step: int) -> Batch:
    rng = np.random.default_rng(step)
    targets = rng.integers(0, 2, 8)
    inputs = rng.normal(0, 1, (8, 3, 4)) + (targets * 2 - 1)[:, None, None]
    return Batch(inputs.astype(np.float32), targets)


def loss_on_new_data(trained: nn.Module) -> Validation:
    batch = make_batch(9999)
    with torch.inference_mode():
        outputs = trained(torch.from_numpy(batch.inputs))
    targets = torch.from_numpy(batch.targets)
    return Validation(OneLabel().total_loss(outputs, targets).item() / 8, OneLabel().total_score(outputs, targets) / 8)


def stage(
    config: FitConfig = CONFIG,
    make: Callable[[int], Batch] = make_batch,
    validate: Callable[[nn.Module], Validation] = loss_on_new_data,
    fingerprint: str = "a",
) -> Stage:
    return Stage("loss", network(), OneLabel(), config, make, _as_it_is, validate, 1, fingerprint)


def _as_it_is(inputs: Tensor) -> Tensor:
    return inputs


class Stopped(Exception):
    """Stands for whatever ends a run from outside."""


def stop_at(last_step: int) -> Callable[..., None]:
    def show(done: int, total: int, note: str = "") -> None:
        if done == last_step:
            raise Stopped

    return show


def ignore(done: int, total: int, note: str = "") -> None:
    pass


def run(folder: Path, show: Callable[..., None] = ignore, **changes: object) -> dict[str, Tensor]:
    folder.mkdir(exist_ok=True)
    one = stage(**changes)  # type: ignore[arg-type]
    fit(one, folder, show)
    return one.network.state_dict()


@pytest.mark.parametrize("last_step", [2, 6, 17, 29])
def test_a_stopped_run_goes_on_to_the_same_weights_and_curves(tmp_path: Path, last_step: int) -> None:
    whole = run(tmp_path / "whole")
    with pytest.raises(Stopped):
        run(tmp_path / "stopped", stop_at(last_step))
    torch.manual_seed(123)  # the new process has random numbers of its own
    resumed = run(tmp_path / "stopped")
    assert all(torch.equal(whole[name], resumed[name]) for name in whole)
    for name in ("loss.csv", "loss_validation.csv"):
        assert (tmp_path / "stopped" / name).read_text() == (tmp_path / "whole" / name).read_text()


def test_it_learns_and_a_finished_stage_is_only_loaded(tmp_path: Path) -> None:
    weights = run(tmp_path)
    trained = network()
    trained.load_state_dict(weights)
    assert loss_on_new_data(trained.eval()).score == 1.0

    def make_nothing(step: int) -> Batch:
        raise Stopped

    again = run(tmp_path, make=make_nothing)
    assert all(torch.equal(weights[name], again[name]) for name in weights)


def test_training_stops_when_validation_gets_no_better_and_keeps_the_best(tmp_path: Path) -> None:
    losses = iter([0.5, 0.3, 0.4, 0.6, 0.2])
    seen: list[dict[str, Tensor]] = []

    def validate(average: nn.Module) -> Validation:
        seen.append({name: tensor.clone() for name, tensor in average.state_dict().items()})
        return Validation(next(losses), 0.0)

    kept = run(tmp_path, config=CONFIG.model_copy(update={"patience": 2}), validate=validate)
    assert len(read_curves(tmp_path / "loss.csv")) == 20
    assert all(torch.equal(kept[name], seen[1][name]) for name in kept)


def test_a_loss_that_is_no_number_says_what_to_do_and_loses_nothing(tmp_path: Path) -> None:
    def make(step: int) -> Batch:
        batch = make_batch(step)
        return Batch(batch.inputs * (np.nan if step == 6 else 1), batch.targets)

    with pytest.raises(ValueError, match=r"the loss is nan after 6 steps; lower the learning rate; .* goes on from"):
        run(tmp_path, make=make)
    assert checkpoint_path(tmp_path, "loss").exists()
    resumed, whole = run(tmp_path), run(tmp_path / "whole")
    assert all(torch.equal(whole[name], resumed[name]) for name in whole)


def test_a_full_disk_says_what_to_do_and_leaves_the_last_checkpoint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(Stopped):
        run(tmp_path, stop_at(10))
    kept = checkpoint_path(tmp_path, "loss").read_bytes()

    def fail(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", fail)
        with pytest.raises(OSError, match=r"No space left on device; .* the same command goes on from there"):
            run(tmp_path)
    assert checkpoint_path(tmp_path, "loss").read_bytes() == kept
    assert not list(tmp_path.glob(".*.part"))
    resumed, whole = run(tmp_path), run(tmp_path / "whole")
    assert all(torch.equal(whole[name], resumed[name]) for name in whole)


def test_the_state_of_another_run_or_a_damaged_one_is_refused(tmp_path: Path) -> None:
    run(tmp_path)
    with pytest.raises(ValueError, match="is the state of a run with another configuration, other data"):
        run(tmp_path, fingerprint="b")
    path = checkpoint_path(tmp_path, "loss")
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(ValueError, match=r"is no state of a training run .*; delete it to begin anew"):
        run(tmp_path)


def test_a_curve_goes_on_behind_what_a_kill_left(tmp_path: Path) -> None:
    path = tmp_path / "loss.csv"
    path.write_text("step,loss\n0,0.5\n1,0.25\n2,0.1\n3,0.")
    table = CurveTable(path, ("loss",), first_step=2)
    table.add(2, 0.125)
    table.close()
    assert path.read_text().splitlines() == ["step,loss", "0,0.5", "1,0.25", "2,0.125"]
