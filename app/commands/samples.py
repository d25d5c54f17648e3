"""The part of `vigil analyze` that reads pictures and volumes."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from app.console.exits import EXIT_WRONG_USE, fail

if TYPE_CHECKING:
    from models.predictor import ModelCard
    from stream.batch.inputs import FoundInputs
    from stream.batch.summary import AnalysisSummary


def find_samples(card: "ModelCard", patterns: Sequence[str], out: Path) -> "FoundInputs":
    """Return the pictures or volumes, as the model reads, that files, folders and globs stand for."""
    from stream.imaging.inputs import find_imaging_inputs

    return find_imaging_inputs(patterns, "picture" if card.reads == "picture" else "volume", excluded=[out])


def read_samples(
    card: "ModelCard", found: "FoundInputs", out: Path, *, device: str, threads: int, resume: bool
) -> "AnalysisSummary":
    """Read every input with one model, telling of each on the error stream."""
    from rich.console import Console

    from app.imaging.analysis import ImagingAnalysis, ModelNotReady
    from app.imaging.progress import ImagingProgress
    from models.registry import build_imaging_model

    with ImagingProgress(Console(stderr=True)) as progress:
        analysis = ImagingAnalysis(
            card,
            lambda: build_imaging_model(card.name, device=device, threads=threads),
            out,
            listener=progress,
        )
        try:
            return analysis.run(found, is_resumed=resume)
        except ModelNotReady as error:
            fail(f"vigil: {error}", EXIT_WRONG_USE)
