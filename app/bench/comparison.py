"""How far the scores of two paths over the same windows are apart."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np


class BenchFailed(Exception):
    """A path of the benchmark did not do what it should."""


@dataclass(frozen=True)
class Errors:
    """How far Vigil's scores are from the naive script's, which are fp32."""

    network_relative: float
    """Of the logits, for the same pixels: what arithmetic and library change."""
    network_max_score: float
    path_relative: float
    """Of the logits, over the whole path: decoding and resizing differ too. Mean over the windows."""
    path_max_score: float
    top1_agreement: float


def compare(folder: Path) -> Errors:
    """Compare what the two paths wrote into a folder.

    Raises:
        BenchFailed: they did not score the same windows.
    """
    logits = np.load(folder / "naive_logits.npy").astype(np.float64)
    scores = np.load(folder / "vigil_scores.npy")
    first = np.load(folder / "vigil_first_window_scores.npy")
    if scores.shape != logits.shape:
        raise BenchFailed(f"the naive script gave logits {logits.shape}, Vigil scores {scores.shape}")
    expected = softmax(logits)
    return Errors(
        network_relative=relative_error(first[None], logits[:1]),
        network_max_score=float(np.abs(first - expected[0]).max()),
        path_relative=relative_error(scores, logits),
        path_max_score=float(np.abs(scores - expected).max()),
        top1_agreement=float((scores.argmax(1) == logits.argmax(1)).mean()),
    )


def relative_error(scores: np.ndarray, logits: np.ndarray) -> float:
    """Return the mean error of the logits behind some scores; they are known up to a constant, so both are centred."""
    found = np.log(np.maximum(scores, 1e-30))
    found -= found.mean(1, keepdims=True)
    expected = logits - logits.mean(1, keepdims=True)
    return float((np.linalg.norm(found - expected, axis=1) / np.linalg.norm(expected, axis=1)).mean())


def softmax(logits: np.ndarray) -> np.ndarray:
    """Return one distribution a row."""
    powers = np.exp(logits - logits.max(1, keepdims=True))
    return np.asarray(powers / powers.sum(1, keepdims=True))
