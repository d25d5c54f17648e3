"""Weights of an I3D that is padded on both sides, made over for the causal form."""

from collections.abc import Mapping

from torch import Tensor

_CENTRED_KERNEL = 3
"""Slices of time that a kernel sees of which the middle one is the present; of the stem's 7 most are past already."""


def causal_weights(weights: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return weights with which a causal I3D answers much as the centred one does, without waiting.

    The last tap of a causal kernel sees the present, which the middle one of a centred kernel sees. So every tap moves
    one to the future, and what would come after the present is added to it: the future is taken to be as the present.
    A video in which nothing moves gets the same answer, and a network that is trained on from here learns in dozens of
    steps what it otherwise learns in hundreds. The max pools see the past instead of the future, as they do in the
    causal form.

    Args:
        weights: By the names of `models.networks.i3d.I3D`, each kernel (C_out, C_in, time, height, width).
    """
    return {name: _moved(tensor) if _is_centred(name, tensor) else tensor for name, tensor in weights.items()}


def _is_centred(name: str, tensor: Tensor) -> bool:
    return name.endswith("conv3d.weight") and tensor.shape[2] == _CENTRED_KERNEL


def _moved(kernel: Tensor) -> Tensor:
    before, present, after = kernel.unbind(2)
    moved = kernel.new_zeros(kernel.shape)
    moved[:, :, 1], moved[:, :, 2] = before, present + after
    return moved
