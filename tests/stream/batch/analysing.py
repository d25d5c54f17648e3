"""Runs an analysis of real files through real decoder children, and reads what it wrote."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from models.predictor import Predictor
from stream.analysis import Analysis, AnalysisOptions, Product
from stream.batch.inputs import AnalysisInput, find_inputs
from stream.batch.summary import AnalysisSummary, InputReport
from stream.sources.reader import MediaInfo
from tests.stream.batch.scenery import Brightness


class Silent:
    """Follows nothing."""

    def started(self, entry: AnalysisInput, index: int, num_inputs: int) -> None: ...

    def loading(self) -> None: ...

    def opened(self, media: MediaInfo) -> None: ...

    def advanced(self, position_seconds: float, num_clips: int) -> None: ...

    def making(self, suffix: str) -> None: ...

    def finished(self, report: InputReport) -> None: ...


def run(
    out: Path,
    *patterns: Path,
    predictors: Sequence[Predictor] | None = None,
    products: Sequence[Product] = (),
    options: AnalysisOptions | None = None,
) -> AnalysisSummary:
    chosen = [Brightness()] if predictors is None else list(predictors)
    analysis = Analysis(
        [predictor.card for predictor in chosen],
        lambda: chosen,
        out,
        options=options or AnalysisOptions(),
        products=products,
        listener=Silent(),
    )
    return analysis.run(find_inputs([str(pattern) for pattern in patterns], excluded=[out]))


def records(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def outputs(out: Path) -> set[str]:
    return {path.name for path in out.iterdir() if not path.name.startswith(".")}


def states(summary: AnalysisSummary) -> list[str]:
    return [report.state for report in summary.reports]
