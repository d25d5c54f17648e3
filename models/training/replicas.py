"""Computes the gradient of a batch on several threads, each with a share of the clips and one core."""

import copy
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from torch import Tensor, nn

from models.training.objectives import Objective

MIN_FRAMES_BF16 = 17
"""Shorter clips are trained in fp32: they leave I3D's last blocks fewer than 3 steps of time, and there the bf16
gradient of a 3x3x3 convolution (oneDNN in torch 2.13) holds memory that nobody wrote."""

Compare = Callable[[nn.Module, np.ndarray, np.ndarray], tuple[Tensor, float]]
"""Holds what a network says of a share of a batch against what is true: takes the network, inputs and targets, returns
the sum of the samples' losses and the sum of their scores."""

Precision = Literal["auto", "bf16", "fp32"]
"""Of the activations; "auto": bf16 where the device multiplies it itself and it is known to be right."""


@dataclass(frozen=True)
class Share:
    """What a network said of its share of a batch."""

    loss: float
    score: float
    """Sum of the objective's scores."""
    num_clips: int


class Replicas:
    """A network and its twins, which share its weights but have gradients of their own.

    One core a twin wastes nothing when other programs want the cores too, which threads within each
    operator do: they wait for each other hundreds of times a step. Batch norm sees a share at a time.
    """

    def __init__(
        self,
        network: nn.Module,
        objective: Objective,
        *,
        num_replicas: int = 1,
        read: Callable[[Tensor], Tensor] | None = None,
        precision: Precision = "auto",
        compare: Compare | None = None,
    ) -> None:
        """Make the twins and their threads.

        Args:
            network: must draw no random numbers (no dropout) when there are several, or no run repeats.
            objective: what the network is trained towards.
            num_replicas: the network and its twins.
            read: maps inputs as batches hold them to what the network reads; else `to_input`.
            precision: of the activations.
            compare: for networks that see the truth while they look, as detectors do; else outputs are made of what
                `read` returns, and compared by the objective.

        Raises:
            ValueError: the network has dropout and there are several replicas.
        """
        has_dropout = any(isinstance(module, nn.Dropout) and module.p > 0 for module in network.modules())
        if has_dropout and num_replicas > 1:
            raise ValueError("a network with dropout is trained on one thread: set threads to 1 or dropout to 0")
        self._network = network
        self._objective = objective
        self._read = read or to_input
        self._precision: Precision = precision
        self._compare = compare or self._by_objective
        self._all = [network, *(_twin(network) for _ in range(num_replicas - 1))]
        self._pool = ThreadPoolExecutor(num_replicas, initializer=torch.set_num_threads, initargs=(1,))

    def compute_gradients(self, inputs: np.ndarray, targets: np.ndarray) -> Share:
        """Leave the gradient of the batch's mean loss in the network, and return what came out.

        Args:
            inputs: one entry a sample, such as uint8 RGB, (N, T, H, W, 3).
            targets: as the objective wants them, (N, ...).
        """
        parts = [range(start, len(inputs), len(self._all)) for start in range(len(self._all))]
        jobs = [
            self._pool.submit(self._step, replica, inputs[part], targets[part], len(inputs))
            for replica, part in zip(self._all, parts, strict=True)
            if len(part)
        ]
        shares = [job.result() for job in jobs]
        _add_gradients(self._network, self._all[1:])
        return Share(*(sum(values) for values in zip(*((s.loss, s.score, s.num_clips) for s in shares), strict=True)))

    def close(self) -> None:
        """End the threads."""
        self._pool.shutdown()

    def _step(self, network: nn.Module, inputs: np.ndarray, targets: np.ndarray, batch_size: int) -> Share:
        loss, score = self._compare(network, inputs, targets)
        loss = loss / batch_size
        network.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        return Share(loss.item(), score, len(targets))

    def _by_objective(self, network: nn.Module, inputs: np.ndarray, targets: np.ndarray) -> tuple[Tensor, float]:
        device = next(network.parameters()).device
        ready = self._read(torch.from_numpy(inputs).to(device))
        wanted = torch.from_numpy(targets).to(device)
        with fast_arithmetic(length=ready.shape[2], precision=self._precision, device=device.type):
            outputs = network(ready)
        loss = self._objective.total_loss(outputs, wanted)
        return loss, self._objective.total_score(outputs.detach(), wanted)


def to_input(frames: Tensor) -> Tensor:
    """Map uint8 frames (N, T, H, W, 3) to what the network reads: (N, 3, T, H, W), float32 in [-1, 1]."""
    return frames.float().mul_(2 / 255).sub_(1).permute(0, 4, 1, 2, 3)  # is channels-last in memory already


@contextmanager
def fast_arithmetic(*, length: int, precision: Precision = "auto", device: str = "cpu") -> Iterator[None]:
    """Let activations be bf16: where asked for, or where this processor multiplies bf16 itself and inputs are long.

    Args:
        length: of what is read along its first axis after the channels: frames of a clip, rows of a picture.
        precision: what was asked for.
        device: "cpu" or "cuda".
    """
    is_fast = device == "cuda" or (bool(torch.cpu._is_avx512_bf16_supported()) and length >= MIN_FRAMES_BF16)
    with torch.autocast(device, dtype=torch.bfloat16, enabled=is_fast if precision == "auto" else precision == "bf16"):
        yield


def _twin(network: nn.Module) -> nn.Module:
    """Return a copy whose parameters lie in the same memory."""
    twin = copy.deepcopy(network)
    for mine, theirs in zip(twin.parameters(), network.parameters(), strict=True):
        mine.data = theirs.data
    return twin


@torch.no_grad()
def _add_gradients(network: nn.Module, others: Sequence[nn.Module]) -> None:
    """Add up in a fixed order, so that the sum repeats to the last bit."""
    for other in others:
        for mine, theirs in zip(network.parameters(), other.parameters(), strict=True):
            if mine.grad is not None and theirs.grad is not None:
                mine.grad += theirs.grad
