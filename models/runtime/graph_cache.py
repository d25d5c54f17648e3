"""Converted networks kept on disk: turning an I3D into OpenVINO's form takes seconds, reading it back a fraction.

A worker that was killed is back before its clips are too old, because of this. The key is made of everything that the
graph depends on, so a graph is never stale; the files lie in `$VIGIL_CACHE_DIR`, else in `~/.cache/vigil`, and may be
deleted at any time.
"""

import hashlib
import inspect
import logging
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import openvino
import torch
from torch import nn

from models.runtime.weights_key import weights_key

MAX_GRAPHS = 32
"""Graphs kept on disk; the one longest unused makes room."""

logger = logging.getLogger(__name__)


def fingerprint(network: nn.Module) -> str:
    """Return a hash of the network's weights, layers and source, and of the libraries that convert it."""
    digest = hashlib.sha256(f"{openvino.__version__} {torch.__version__} {network}".encode())
    # With the classes that a layer is derived from: what it computes may stand there.
    modules = {kind.__module__ for layer in network.modules() for kind in type(layer).__mro__}
    for module in sorted(modules):
        if module.partition(".")[0] not in ("builtins", "torch", "typing"):
            digest.update(inspect.getsource(sys.modules[module]).encode())
    digest.update(weights_key(network).encode())
    return digest.hexdigest()


def kept_graph(key: str, convert: Callable[[], Any]) -> Any:
    """Return the graph kept under a key; one that is not kept is converted now, and kept."""
    graph = load_graph(key)
    if graph is None:
        graph = convert()
        save_graph(key, graph)
    return graph


def keep_ahead(key: str, convert: Callable[[], Any]) -> None:
    """Convert and keep the graph of a key, unless it is kept: whoever needs it then need not wait."""
    if not (_directory() / key).is_dir():
        save_graph(key, convert())


def load_graph(key: str) -> Any | None:
    """Return the graph kept under a key, or None."""
    directory = _directory() / key
    if not directory.is_dir():
        return None
    try:
        graph = openvino.Core().read_model(directory / "graph.xml")
        directory.touch()
    except (RuntimeError, OSError) as error:
        logger.warning("threw away a damaged network: path=%s reason=%s", directory, str(error).splitlines()[0])
        shutil.rmtree(directory, ignore_errors=True)
        return None
    return graph


def save_graph(key: str, graph: Any) -> None:
    """Keep a graph, whole or not at all; without room or permission it is not kept, and nothing else happens."""
    try:
        _directory().mkdir(parents=True, exist_ok=True, mode=0o700)
        with TemporaryDirectory(dir=_directory(), prefix=".new-", ignore_cleanup_errors=True) as temporary:
            written = Path(temporary, "graph")
            written.mkdir()
            openvino.save_model(graph, written / "graph.xml", compress_to_fp16=False)
            if not (_directory() / key).exists():  # another process may have been faster
                written.rename(_directory() / key)
        _forget_oldest()
    except (RuntimeError, OSError) as error:
        logger.warning("could not keep a converted network: directory=%s reason=%s", _directory(), error)


def _directory() -> Path:
    return Path(os.environ.get("VIGIL_CACHE_DIR") or "~/.cache/vigil").expanduser() / "graphs"


def _forget_oldest() -> None:
    by_last_use = sorted(_directory().glob("[!.]*"), key=lambda path: path.stat().st_mtime, reverse=True)
    for directory in by_last_use[MAX_GRAPHS:]:
        shutil.rmtree(directory, ignore_errors=True)
