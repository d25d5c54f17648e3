"""Runs a model over the videos of a data set, as `vigil analyze` does, and leaves its result files."""

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from app.analysis.progress import AnalysisProgress
from models.predictor import ModelCard
from models.registry import build_predictor
from stream.analysis import Analysis, AnalysisOptions
from stream.batch.inputs import find_inputs
from stream.batch.summary import AnalysisSummary


def run_model(card: ModelCard, videos: Sequence[str], out: Path, *, device: str, threads: int) -> AnalysisSummary:
    """Analyse videos into a folder; those whose results are complete already are left as they are.

    Raises:
        ValueError: the model has no weights, takes no video, or this machine lacks what it needs.
        OSError: the folder cannot be written.
    """
    found = find_inputs(list(videos))
    progress = AnalysisProgress(Console(stderr=True), sum(entry.size_bytes for entry in found.inputs))
    options = AnalysisOptions(formats=("jsonl",), resume=True)
    with progress:
        analysis = Analysis(
            [card],
            lambda: [
                build_predictor(card.name, device=device, threads=threads, mode=card.mode, flow_method=card.flow_method)
            ],
            out,
            options=options,
            products=[],
            listener=progress,
        )
        return analysis.run(found)
