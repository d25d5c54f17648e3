"""The whole state of a training run in one file, from which it goes on to the same result, bit for bit."""

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import safetensors
import safetensors.torch
import torch
from pydantic import BaseModel
from torch import Tensor, nn

from models.training.loop import Trainee
from models.whole_file import whole_file

FORMAT = 1


@dataclass
class Progress:
    """What a run must remember beside its tensors; plain JSON values."""

    best_step: int = -1
    """Steps that the best weights so far had been trained."""
    best_value: float | None = None
    """Their value of what validation goes by; lower is better."""
    num_worse: int = 0
    """Validations since."""
    is_finished: bool = False


def save_checkpoint(
    path: Path, trainee: Trainee, best: Mapping[str, Tensor], progress: Progress, fingerprint: str
) -> None:
    """Write the state, whole or not at all: a kill in the middle leaves the file before.

    Raises:
        OSError: it cannot be written, as on a full disk; the file before is still there.
    """
    tensors = {
        **_named("network", trainee.network.state_dict()),
        **_named("average", trainee.average.state_dict()),
        **_named("best", best),
        **_optimiser_tensors(trainee.optimiser),
        "random.cpu": torch.get_rng_state(),
    }
    state = {"format": FORMAT, "fingerprint": fingerprint, "step": trainee.step, "progress": vars(progress)}
    content = safetensors.torch.save(
        {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}, {"state": json.dumps(state)}
    )
    with whole_file(path) as draft, draft.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def load_checkpoint(path: Path, trainee: Trainee, fingerprint: str) -> tuple[dict[str, Tensor], Progress]:
    """Bring a trainee into the state that was saved; returns the best weights so far and the progress.

    Raises:
        ValueError: the file is damaged, or belongs to another configuration or other data.
    """
    state, tensors = _read(path)
    if state.get("format") != FORMAT or state.get("fingerprint") != fingerprint:
        raise ValueError(
            f"{path} is the state of a run with another configuration, other data or another version of Vigil; "
            "give another --out, or --fresh to begin anew"
        )
    trainee.network.load_state_dict(_under("network", tensors))
    trainee.average.load_state_dict(_under("average", tensors))
    _restore_optimiser(trainee.optimiser, tensors)
    torch.set_rng_state(tensors["random.cpu"])
    trainee.step = int(state["step"])
    return _under("best", tensors), Progress(**state["progress"])


def fingerprint(stage: str, config: BaseModel, data: Iterable[str]) -> str:
    """Return what stands for everything on which a stage's result depends.

    Args:
        stage: its name.
        config: of the whole run; what its `card` says of the model changes no weight, and does not count.
        data: a description of each sample, in their order.
    """
    digest = hashlib.sha256(f"{stage}\n{torch.__version__}\n{config.model_dump_json(exclude={'card'})}".encode())
    for description in data:
        digest.update(f"\n{description}".encode())
    return digest.hexdigest()


def copy_weights(network: nn.Module) -> dict[str, Tensor]:
    """Return the weights of a network as they are now."""
    return {name: tensor.detach().clone() for name, tensor in network.state_dict().items()}


def _read(path: Path) -> tuple[dict[str, Any], dict[str, Tensor]]:
    try:
        with safetensors.safe_open(path, framework="pt") as file:
            state = json.loads((file.metadata() or {}).get("state", "{}"))
            return state, {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  # no mapping
    except (safetensors.SafetensorError, ValueError) as error:
        raise ValueError(f"{path} is no state of a training run ({error}); delete it to begin anew") from error


def _named(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    return {f"{prefix}/{name}": tensor for name, tensor in tensors.items()}


def _under(prefix: str, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    start = f"{prefix}/"
    return {name.removeprefix(start): tensor for name, tensor in tensors.items() if name.startswith(start)}


def _optimiser_tensors(optimiser: torch.optim.Optimizer) -> dict[str, Tensor]:
    states = optimiser.state_dict()["state"]
    return {f"optimiser/{index}/{name}": value for index, state in states.items() for name, value in state.items()}


def _restore_optimiser(optimiser: torch.optim.Optimizer, tensors: Mapping[str, Tensor]) -> None:
    parameters = [parameter for group in optimiser.param_groups for parameter in group["params"]]
    states: dict[int, dict[str, Tensor]] = {}
    for key, value in _under("optimiser", tensors).items():
        index, name = key.split("/")
        states.setdefault(int(index), {})[name] = _laid_out_like(parameters[int(index)], value)
    optimiser.load_state_dict({"state": states, "param_groups": optimiser.state_dict()["param_groups"]})


def _laid_out_like(parameter: Tensor, value: Tensor) -> Tensor:
    """Return a tensor in the memory order of its parameter: another order could round otherwise in the last bit."""
    return torch.empty_like(parameter).copy_(value) if value.shape == parameter.shape else value
