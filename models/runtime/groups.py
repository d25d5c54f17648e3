"""Batches of any size, run as groups of one fixed size."""

from collections.abc import Callable

import torch
from torch import Tensor


def run_in_groups(run: Callable[[Tensor], Tensor], batch: Tensor, group_size: int) -> Tensor:
    """Return `run` of the whole batch, called with exactly `group_size` samples each time.

    A last group that is too small is filled up with copies of its last sample, whose outputs are thrown away. So a
    sample is always computed in the same way: its output does not depend on its company, and a library that compiles
    for fixed shapes needs one program only.
    """
    outputs = []
    for group in torch.split(batch, group_size):
        missing = group_size - len(group)
        full = torch.cat([group, group[-1:].expand(missing, *group.shape[1:])]) if missing else group
        outputs.append(run(full)[: len(group)])
    return torch.cat(outputs)
