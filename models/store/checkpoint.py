"""Reads checkpoints that others made: only numbers are taken, never code, and never more than a budget."""

import math
import re
import warnings
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import safetensors.torch
import torch
from torch import Tensor

BUDGET_BYTES = 2 * 2**30
"""Size of all tensors of a checkpoint together, written out in full."""
SHOWN_NAMES = 5

_WRAPPERS = ("state_dict", "model_state_dict")
_DATA_PARALLEL_PREFIX = "module."
_NO_WEIGHTS = {"mask_values"}
"""Notes that a public implementation (milesial's U-Net) saves beside its weights; they are left out."""


class CheckpointRefused(ValueError):
    """A checkpoint is not what it must be; the message says what was required and what was found."""


def read_checkpoint(path: Path, *, budget_bytes: int = BUDGET_BYTES) -> dict[str, Tensor]:
    """Return the tensors of a checkpoint by name.

    Args:
        path: A file of PyTorch (.pt, .pth, ...), safetensors or NumPy (.npz: names to arrays).
        budget_bytes: Refuse tensors that would need more than this.

    Raises:
        CheckpointRefused: the file is none of these, is damaged, holds code or is too large; it is named.
    """
    if not path.is_file():
        raise CheckpointRefused(f"{path} must be a checkpoint file; there is no such file")
    read = _READERS.get(path.suffix.lower())
    if read is None:
        raise CheckpointRefused(f"{path} must be a checkpoint that ends in {', '.join(_READERS)}, got {path.suffix!r}")
    try:
        _check_size(_unpacked_size(path), budget_bytes)
        tensors = unwrap(read(path))
        _check_size(sum(map(_written_out_size, tensors.values())), budget_bytes)
    except Exception as error:  # there is nothing that the parser of a damaged or hostile file might not raise
        raise CheckpointRefused(f"{path} is refused: {_reason(error)}") from error
    return tensors


def unwrap(content: Any) -> dict[str, Tensor]:
    """Return the named tensors inside what a checkpoint holds: bare, under "state_dict", or with "module." before all.

    Raises:
        CheckpointRefused: there is anything else than tensors with names.
    """
    if not isinstance(content, Mapping):
        raise CheckpointRefused(f"a checkpoint must map names to tensors, got a {type(content).__name__}")
    for wrapper in _WRAPPERS:
        if isinstance(content.get(wrapper), Mapping):
            content = content[wrapper]
    content = {name: value for name, value in content.items() if name not in _NO_WEIGHTS}
    others = [str(name) for name, value in content.items() if not (isinstance(name, str) and _is_plain(value))]
    if others or not content:
        found = f"other things under {', '.join(others[:SHOWN_NAMES])}" if others else "nothing"
        raise CheckpointRefused(f'a checkpoint must map names to tensors, bare or under "state_dict"; got {found}')
    if all(name.startswith(_DATA_PARALLEL_PREFIX) for name in content):
        return {name.removeprefix(_DATA_PARALLEL_PREFIX): tensor for name, tensor in content.items()}
    return dict(content)


def _is_plain(value: Any) -> bool:
    """Whether this is a tensor of real numbers that lies in memory as such."""
    return (
        isinstance(value, Tensor)
        and value.layout == torch.strided
        and not (value.is_meta or value.is_quantized or value.is_complex())
    )


def _read_numpy(path: Path) -> dict[str, Tensor]:
    with np.load(path, allow_pickle=False) as arrays:
        return {name: torch.from_numpy(np.ascontiguousarray(arrays[name])) for name in arrays.files}


def _read_torch(path: Path) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what matters comes as an error
        # Said explicitly: without it, one environment variable makes PyTorch run the code in a checkpoint.
        return torch.load(path, map_location="cpu", weights_only=True)


_READERS: dict[str, Callable[[Path], Any]] = {
    ".safetensors": safetensors.torch.load_file,
    ".npz": _read_numpy,
    **dict.fromkeys((".pt", ".pth", ".ckpt", ".tar", ".bin"), _read_torch),
}


def _reason(error: Exception) -> str:
    """Say in one line why a file could not be read; PyTorch's own words tell people how to run the code in it."""
    text = str(error)
    if isinstance(error, CheckpointRefused):
        return text
    if "weights_only" in text:
        named = re.search(r"GLOBAL ([\w.]+)", text)
        found = f"it asks for {named[1]}" if named else "it holds other objects than tensors"
        return (
            f"a checkpoint must hold tensors only, {found}; no code in it was run; ask for the weights as safetensors"
        )
    first_line = next((line.strip() for line in text.splitlines() if line.strip()), "")
    return f"the file is damaged, or not of the kind that its name says ({first_line or type(error).__name__})"


def _unpacked_size(path: Path) -> int:
    """Return the size of a file; of a zip archive, from its directory, what it unpacks to."""
    if not zipfile.is_zipfile(path):
        return path.stat().st_size
    with zipfile.ZipFile(path) as archive:
        return sum(entry.file_size for entry in archive.infolist())


def _written_out_size(tensor: Tensor) -> int:
    """A tensor can claim any shape with a stride of 0, and fill the memory once somebody copies it."""
    return math.prod(tensor.shape) * tensor.element_size()


def _check_size(num_bytes: int, budget_bytes: int) -> None:
    if num_bytes > budget_bytes:
        raise CheckpointRefused(f"its content fills {num_bytes:,} bytes, at most {budget_bytes:,} are read")
