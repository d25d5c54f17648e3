"""Numbers that come out the same on every machine, by the name of what they are for.

They are uniform, from a Mersenne Twister seeded with the CRC-32 of the name: uniform numbers are bit-identical on every
CPU, normal ones are not.
"""

import math
import zlib
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor


def seeded_tensor(name: str, shape: Sequence[int]) -> Tensor:
    """Return uniform numbers in 0..1, float32."""
    generator = torch.Generator(device="cpu").manual_seed(zlib.crc32(name.encode()))
    return torch.rand(tuple(shape), generator=generator, dtype=torch.float32)


def seeded_weights(state_dict: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return weights for a network, by the names and shapes of its own, under which activations keep their size."""
    return {name: _weight(name, tensor) for name, tensor in state_dict.items()}


def _weight(name: str, tensor: Tensor) -> Tensor:
    if name.endswith("num_batches_tracked"):
        return torch.zeros_like(tensor)
    unit = (seeded_tensor(name, tensor.shape) - 0.5) * math.sqrt(12)  # mean 0, variance 1
    if name.endswith("running_mean"):
        return 0.1 * unit
    if name.endswith("running_var"):
        return 1 + 0.1 * unit.abs()
    if tensor.ndim >= 2:
        fan_in = max(math.prod(tensor.shape) // tensor.shape[0], 1)
        return unit * (math.sqrt(2) / math.sqrt(fan_in))
    return 1 + 0.1 * unit if name.endswith("weight") else 0.05 * unit
