"""The report of a comparison: one table, and a plot of accuracy with its intervals for each data set."""

from datetime import UTC, datetime

import numpy as np

from app.evaluation.charts.numbers import draw_intervals
from app.evaluation.comparison.config import ComparisonConfig
from app.evaluation.comparison.run import SplitResult
from app.evaluation.report.document import Cell, Document, Figure, Section, Table
from app.evaluation.report.summary import FEW_UNITS, FOOTER
from models.evaluation.measures import Measured, Resampling, measure_all
from models.evaluation.questions.clips import ClipOutcome, ClipQuestion
from models.training.contest import ContestResult

COLUMNS = ("network", "accuracy", "balanced accuracy", "parameters", "GFLOP a clip", "ms a clip", "lag")
EXPLANATION = (
    "Every network is trained with the same steps, batches, augmentation and seed, the weights that do best on "
    "validation are kept, and every clip of the test videos is asked. GFLOP: two a multiply-and-add, optical flow not "
    "counted. Milliseconds: one clip, preparation and flow included, on this machine. Lag: from a moment to the last "
    "frame that a clip centred on it needs. Intervals are 95 % bootstrap over groups of videos that belong together."
)


def comparison_document(config: ComparisonConfig, results: list[SplitResult]) -> Document:
    """Return the report."""
    facts = (
        ("Networks", str(len(config.contestants))),
        ("Data sets", ", ".join(split.name for split in results)),
        (
            "Clip",
            f"{config.clip.num_frames} frames at {config.clip.frame_rate_hz:g} a second, "
            f"{config.crop[1]} x {config.crop[0]} pixels",
        ),
        ("Training", f"at most {config.fit.steps} steps of {config.fit.batch_size} clips, seed {config.seed}"),
        ("Made", datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")),
    )
    few = [split for split in results if split.num_videos["test"] < FEW_UNITS]
    warnings = [
        f"{split.name}: {split.num_videos['test']} test videos only; differences within the intervals mean nothing."
        for split in few
    ]
    sections = tuple(_section(config, split) for split in results)
    return Document(config.heading, config.note, facts, tuple(warnings), sections, FOOTER)


def _section(config: ComparisonConfig, split: SplitResult) -> Section:
    labels = next(one.labels for one in config.splits if one.name == split.name)
    measured = {name: _measured(result, labels, config) for name, result in split.results.items()}
    rows: list[tuple[Cell, ...]] = [(name, *measured[name], *_costs(result)) for name, result in split.results.items()]
    most = max(split.label_counts) / max(sum(split.label_counts), 1)
    counts = ", ".join(f"{label} {count}" for label, count in zip(labels, split.label_counts, strict=True))
    videos = ", ".join(f"{count} {part}" for part, count in split.num_videos.items())
    text = f"{EXPLANATION} Videos: {videos}. Test clips: {counts}; always saying the most frequent gives {most:.3f}."
    figure = Figure(
        "balanced_accuracy",
        "Balanced accuracy with its interval",
        draw_intervals([(name, row[1]) for name, row in measured.items()], ""),
    )
    values = {name: _json(result, measured[name]) for name, result in split.results.items()}
    return Section(split.name, split.name, text, (), (Table(COLUMNS, tuple(rows)),), (figure,), values)


def _measured(result: ContestResult, labels: tuple[str, ...], config: ComparisonConfig) -> tuple[Measured, Measured]:
    question = ClipQuestion(labels, is_multi_label=False)
    wanted = [one for one in question.measures() if one.name in ("clip_top1", "clip_balanced_accuracy")]
    outcomes = [ClipOutcome(one.answers, np.arange(len(labels)) == one.targets[:, None]) for one in result.answers]
    groups = [one.group for one in result.answers]
    first, second = measure_all(wanted, outcomes, groups, Resampling(config.num_resamples))
    return first, second


def _costs(result: ContestResult) -> tuple[str, ...]:
    return (
        f"{result.num_parameters / 1e6:.2f} M",
        f"{result.gflop:.2f}",
        f"{result.clip_ms:.0f}",
        f"{result.lag_seconds:.1f} s",
    )


def _json(result: ContestResult, measured: tuple[Measured, Measured]) -> dict[str, object]:
    return {
        **{one.name: one.to_json() for one in measured},
        "num_parameters": result.num_parameters,
        "gflop": round(result.gflop, 4),
        "clip_ms": round(result.clip_ms, 2),
        "lag_seconds": round(result.lag_seconds, 3),
    }
