"""How much arithmetic a network does."""

import copy

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode


def count_flops(network: nn.Module, example: Tensor) -> int:
    """Return the floating-point operations of one forward pass: two for each multiply-and-add of its matrix products.

    Args:
        network: Any network; a copy without contents runs, so the count takes no time and no memory.
        example: An input of the wanted shape; its values are not read.
    """
    weightless = copy.deepcopy(network).to("meta").eval()
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        weightless(example.to("meta"))
    return int(counter.get_total_flops())
