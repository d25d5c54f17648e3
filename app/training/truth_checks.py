"""What is said of the videos of a data set, held against what a model shall learn."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from models.datasets.labelled_video import LabelledSpan, LabelledVideo
from models.datasets.problems import Problems
from models.training.recordings import NONE
from models.training.video_config import ClassificationConfig, RegressionConfig, VideoRunConfig


def with_known_labels(video: LabelledVideo, config: VideoRunConfig, problems: Problems) -> LabelledVideo:
    """Return a video with labels as the model calls them; one that it does not know is noted as a problem."""
    if not isinstance(config, ClassificationConfig):
        return video
    label = _known(video.label, video.origin, config, problems) if video.label is not None else None
    if video.spans is None:
        return replace(video, label=label)
    named = [(span, _known(span.label, span.origin, config, problems)) for span in video.spans]
    spans = tuple(replace(span, label=name) for span, name in named if name is not None and name != NONE)
    return replace(video, label=label, spans=spans)


def check_truth(video: LabelledVideo, config: VideoRunConfig, problems: Problems) -> None:
    """Note where a video lacks its number, or labels of which one at a time is right overlap."""
    if isinstance(config, RegressionConfig) and config.number not in video.numbers:
        known = ", ".join(video.numbers) or "none"
        problems.add(video.origin, f"{video.name} must say its {config.number}; it says {known}")
    if isinstance(config, ClassificationConfig):
        for one, other in _overlaps(video.spans or (), only_alike=config.several_labels):
            problems.add(
                other.origin,
                f"{other.label} from {other.start_seconds:g} s overlaps {one.label} until {one.end_seconds:g} s "
                f"({one.origin}); set several_labels, or rename or ignore one of the two",
            )


def _known(label: str, origin: str, config: ClassificationConfig, problems: Problems) -> str | None:
    """Return what the model calls a label, or None where it shall not know it."""
    if label in config.data.ignore:
        return None
    name = config.data.rename.get(label, label)
    if name in config.labels:
        return name
    problems.add(
        origin, f"the label {label!r} is unknown; put it into labels, data.rename or data.ignore of the configuration"
    )
    return None


def _overlaps(spans: Sequence[LabelledSpan], *, only_alike: bool) -> Iterator[tuple[LabelledSpan, LabelledSpan]]:
    groups = {span.label if only_alike else "" for span in spans}
    for group in sorted(groups):
        members = sorted(
            (span for span in spans if not only_alike or span.label == group), key=lambda span: span.start_seconds
        )
        yield from ((one, other) for one, other in pairwise(members) if other.start_seconds < one.end_seconds)
