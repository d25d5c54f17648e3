"""From a data set on disk to recordings that training reads: labels chosen, parts divided, frames decoded."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.training.frame_cache import CachedVideo, cache_frames
from app.training.truth_checks import check_truth, with_known_labels
from models.datasets.labelled_video import PARTS, LabelledVideo, Part
from models.datasets.layouts import read_data_set
from models.datasets.parts import divide, groups_in_two_parts
from models.datasets.problems import Problems
from models.evaluation.events import Span
from models.training.phases import Show
from models.training.recordings import Recording
from models.training.video_config import DataConfig, DataRunConfig, RegressionConfig, VideoRunConfig

END_TOLERANCE_SECONDS = 1.0
"""A span may end so much after its video: people stop their clock late."""


@dataclass(frozen=True, eq=False)
class VideoData:
    """The recordings of a data set."""

    recordings: dict[Part, list[Recording]]
    warnings: tuple[str, ...]
    """What a person should know before believing the metrics; goes into the card."""

    @property
    def judged(self) -> list[Recording]:
        """Those that metrics are measured on: for test, else for validation."""
        return self.recordings["test"] or self.recordings["validation"]

    @property
    def summary(self) -> str:
        """What the metrics were measured on, in words."""
        counts = ", ".join(f"{len(found)} {part}" for part, found in self.recordings.items())
        told = f"videos: {counts}; measured on those for {'test' if self.recordings['test'] else 'validation'}"
        intervals = "intervals are 95 % bootstrap over groups of videos that belong together"
        return "; ".join((told, intervals, *self.warnings))


def read_videos(config: VideoRunConfig) -> list[LabelledVideo]:
    """Return the videos of a run, each with its part and with labels that the model knows.

    Raises:
        ValueError: something is wrong with the data set; one line each, naming file and line.
    """
    data = config.data
    videos = read_data_set(data.layout, data.videos, data.annotations)
    problems = Problems()
    videos = [with_known_labels(video, config, problems) for video in videos]
    for video in videos:
        check_truth(video, config, problems)
    problems.raise_if_any()
    return divided([video for video in videos if _says_something(video, config)], config)


def divided(videos: Sequence[LabelledVideo], config: DataRunConfig) -> list[LabelledVideo]:
    """Return the videos, each with its part.

    Raises:
        ValueError: nothing is left for training or for validation.
    """
    data = config.data
    found = divide(
        videos,
        validation_share=data.validation_share,
        test_share=data.test_share,
        by=data.divide_by,
        seed=config.seed,
    )
    for part, advice in (("train", "label more of them"), ("validation", "see data.validation_share")):
        if not any(video.part == part for video in found):
            raise ValueError(f"{data.videos}: at least one video for {part} is required, found none; {advice}")
    return found


def load_recordings(videos: Sequence[LabelledVideo], config: VideoRunConfig, folder: Path, show: Show) -> VideoData:
    """Decode the videos into `folder` and return them as recordings.

    Raises:
        ValueError: videos cannot be decoded or do not fit what is said of them; one line each.
        OSError: the disk is full.
    """
    cached = cache_frames(videos, folder, config.clip.spec, num_threads=config.threads, on_progress=show)
    problems, skipped = Problems(), 0
    recordings: dict[Part, list[Recording]] = {part: [] for part in PARTS}
    for one in cached:
        recording = _recording(one, config)
        if _is_too_short(recording, config.clip.num_frames, config.data):
            if config.data.short_videos == "skip":
                skipped += 1
                continue
            problems.add(one.video.origin, _too_short(one.video, recording, config))
        _check_spans_end(one.video, recording, problems)
        _check_size(one.video, recording, config, problems)
        recordings[one.video.part or "train"].append(recording)
    problems.raise_if_any()
    _require_one_size(recordings["train"], config)
    return VideoData(recordings, tuple(_warnings(videos, config.data, skipped)))


def _says_something(video: LabelledVideo, config: VideoRunConfig) -> bool:
    if isinstance(config, RegressionConfig):
        return True
    return video.label is not None or video.spans is not None


def _recording(cached: CachedVideo, config: VideoRunConfig) -> Recording:
    video, rate = cached.video, config.clip.frame_rate_hz
    start, end = video.window or (0.0, len(cached.frames) / rate)
    frames = cached.frames[round(start * rate) : round(end * rate)]
    spans = tuple(Span(s.label, s.start_seconds - start, s.end_seconds - start) for s in video.spans or ())
    group = video.groups.get(config.data.divide_by or "subject", video.name)
    return Recording(video.name, frames, rate, video.label, spans, video.numbers, group)


def _is_too_short(recording: Recording, num_frames: int, data: DataConfig) -> bool:
    return len(recording.frames) < num_frames and (data.short_videos != "pad" or not len(recording.frames))


def _too_short(video: LabelledVideo, recording: Recording, config: VideoRunConfig) -> str:
    clip = config.clip
    return (
        f"{video.name} must be at least as long as a clip ({clip.num_frames} frames, "
        f"{clip.num_frames / clip.frame_rate_hz:.2f} s), it has {len(recording.frames)} frames "
        f"({recording.duration_seconds:.2f} s); shorten clip.num_frames, or set data.short_videos to pad or skip"
    )


def _check_spans_end(video: LabelledVideo, recording: Recording, problems: Problems) -> None:
    for span in video.spans or ():
        if span.end_seconds > recording.duration_seconds + END_TOLERANCE_SECONDS:
            problems.add(
                span.origin,
                f"{span.label} ends at {span.end_seconds:g} s, the video {video.name} at "
                f"{recording.duration_seconds:.2f} s",
            )


def _check_size(video: LabelledVideo, recording: Recording, config: VideoRunConfig, problems: Problems) -> None:
    height, width = recording.frames.shape[1:3]
    if config.crop and (height < config.crop[0] or width < config.crop[1]):
        problems.add(video.origin, f"crop {config.crop} must fit into its pictures, which are {height}x{width}")


def _require_one_size(recordings: Sequence[Recording], config: VideoRunConfig) -> None:
    sizes = sorted({recording.frames.shape[1:3] for recording in recordings})
    if len(sizes) > 1 and not config.crop:
        shown = ", ".join(f"{height}x{width}" for height, width in sizes[:5])
        raise ValueError(f"the videos' pictures differ in shape ({shown}); set crop to a size that fits into all")


def _warnings(videos: Sequence[LabelledVideo], data: DataConfig, num_skipped: int) -> Iterator[str]:
    if num_skipped:
        yield f"{num_skipped} videos shorter than a clip were left out"
    shared = groups_in_two_parts(videos, data.divide_by or "subject")
    if shared:
        yield f"{len(shared)} {data.divide_by or 'subject'}s occur in more than one part, such as {shared[0]}"
    if not any(video.part == "test" for video in videos):
        yield "there are no test videos: the metrics are those of the videos by which the weights were chosen"
