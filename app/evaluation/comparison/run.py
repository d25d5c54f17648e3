"""The lecture's experiment: several networks trained alike on the same videos, in one table."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from app.evaluation.comparison.config import ComparisonConfig, ContestantConfig, SplitConfig
from app.evaluation.rendering import render_missing
from app.evaluation.truths import read_truths
from app.training.frame_cache import CachedVideo, cache_frames
from models.datasets.labelled_video import LabelledSpan, LabelledVideo, Part
from models.datasets.parts import divide
from models.evaluation.cases import Truth
from models.evaluation.events import Span
from models.training.config import CardConfig
from models.training.contest import Contestant, ContestResult, Stream, compete
from models.training.objectives import OneLabel
from models.training.phases import Phases
from models.training.recordings import Recording, Wanted
from models.training.video_config import ClassificationConfig, DataConfig
from models.training.video_stages import Lesson


@dataclass(frozen=True, eq=False)
class SplitResult:
    """What came out on one data set."""

    name: str
    num_videos: dict[Part, int]
    results: dict[str, ContestResult]
    """By contestant, in order."""
    label_counts: list[int]
    """Test clips of each label."""


def run_comparison(config: ComparisonConfig, out: Path, phases: Phases) -> list[SplitResult]:
    """Train every contestant on every split, under the same budget, and ask it about the test videos.

    Everything goes into `out`; a run that is killed goes on from its checkpoints.

    Raises:
        ValueError: a data set or an option is wrong, or training diverged; names file and line, or the contestant.
    """
    return [_run_split(config, split, out / split.name, phases) for split in config.splits]


def _run_split(config: ComparisonConfig, split: SplitConfig, out: Path, phases: Phases) -> SplitResult:
    if split.truth.render:
        render_missing(split.truth.render, split.truth.videos)
    recordings = _recordings(config, split, out, phases)
    results = {}
    for entry in config.contestants:
        lesson = _lesson(config, split, recordings, out / entry.name.lower().replace(" ", "_"))
        try:
            results[entry.name] = compete(_contestant(entry), lesson, recordings["test"], phases)
        except ValueError as error:
            raise ValueError(f"{entry.name} on {split.name}: {error}") from error
    answers = next(iter(results.values())).answers
    counts = [int(sum((one.targets == index).sum() for one in answers)) for index in range(len(split.labels))]
    return SplitResult(split.name, {part: len(found) for part, found in recordings.items()}, results, counts)


def _recordings(config: ComparisonConfig, split: SplitConfig, out: Path, phases: Phases) -> dict[Part, list[Recording]]:
    videos = _divided([_labelled(truth, split) for truth in read_truths(split.truth, ())], split, config.seed)
    with phases(f"{split.name}: decoding") as show:
        cached = cache_frames(videos, out / "frames", config.clip.spec, num_threads=config.threads, on_progress=show)
    recordings: dict[Part, list[Recording]] = {"train": [], "validation": [], "test": []}
    for one in cached:
        if len(one.frames) >= config.clip.num_frames:
            recordings[one.video.part or "train"].append(_recording(one, config.clip.frame_rate_hz, split.divide_by))
    empty = [part for part, found in recordings.items() if not found]
    if empty:
        raise ValueError(f"{split.name}: no video is left for {', '.join(empty)}; see its shares and clip.num_frames")
    return recordings


def _labelled(truth: Truth, split: SplitConfig) -> LabelledVideo:
    spans = tuple(
        LabelledSpan(span.label, span.start_seconds, span.end_seconds)
        for span in truth.spans or ()
        if span.label in split.labels[1:]
    )
    return LabelledVideo(truth.name, Path(truth.location), truth.location, spans=spans, groups=truth.groups)


def _divided(videos: Sequence[LabelledVideo], split: SplitConfig, seed: int) -> list[LabelledVideo]:
    named = [_as_test(video) if _is_test(video, split) else video for video in videos]
    test_share = 0.0 if split.test_where else split.test_share
    return divide(named, validation_share=split.validation_share, test_share=test_share, by=split.divide_by, seed=seed)


def _is_test(video: LabelledVideo, split: SplitConfig) -> bool:
    return bool(split.test_where) and all(video.groups.get(key) == value for key, value in split.test_where.items())


def _as_test(video: LabelledVideo) -> LabelledVideo:
    return replace(video, part="test")


def _recording(cached: CachedVideo, frame_rate_hz: float, group: str | None) -> Recording:
    video = cached.video
    spans = tuple(Span(span.label, span.start_seconds, span.end_seconds) for span in video.spans or ())
    return Recording(
        video.name,
        cached.frames,
        frame_rate_hz,
        spans=spans,
        group=video.groups.get(group, video.name) if group else video.name,
    )


def _lesson(
    config: ComparisonConfig, split: SplitConfig, recordings: dict[Part, list[Recording]], folder: Path
) -> Lesson:
    wanted = Wanted(split.labels)
    run = ClassificationConfig.model_construct(  # each part was checked; the data set is read by evaluation's layouts
        name=config.name,
        network="(each contestant's own)",
        data=DataConfig.model_construct(layout=split.truth.layout, videos=split.truth.videos),
        clip=config.clip,
        crop=config.crop,
        fit=config.fit,
        card=CardConfig(preprocessing="", licence="", intended_use="", training="", limits=""),
        labels=split.labels,
        seed=config.seed,
        threads=config.threads,
    )
    objective = OneLabel(config.fit.label_smoothing)
    return Lesson(run, objective, wanted, recordings["train"], recordings["validation"], folder, config.crop, True)


def _contestant(entry: ContestantConfig) -> Contestant:
    streams = tuple(Stream(stream.network, stream.kind, dict(stream.options)) for stream in entry.streams)
    return Contestant(entry.name, streams, entry.fusion, entry.two_step)
