"""A run that fuses models trained apart, such as one on RGB and one on flow, into one that is served."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from app.training.video_data import load_recordings, read_videos
from models.predictor import ClipSpec, ModelCard, Predictor
from models.predictors.late_fusion import common_clip_spec, first_frames, fuse, scores_of
from models.registry import build_predictor, find_card
from models.samples import Clip
from models.score_fusion import SvmFusion, fit_svm
from models.training.answers import Answers
from models.training.fusion import FusionConfig, as_classification, fusion_card, store_fusion
from models.training.judging import judge_labels, judge_several_labels
from models.training.phases import Phases, Show, shown
from models.training.recordings import ClipPlaces, Recording, Wanted, clip_places, frames_of_clip

CLIPS_AT_ONCE = 8


def run_fusion(config: FusionConfig, out: Path, phases: Phases) -> ModelCard:
    """Fit the fusion to the validation videos, measure it on the test videos, and return its card.

    Raises:
        StreamError: a video cannot be decoded.
        ValueError: a stream is unknown or does not go with the others, or something is wrong with the data set.
    """
    cards = [find_card(name) for name in config.streams]
    spec = common_clip_spec(cards)
    settings = as_classification(config, cards[0], spec)
    with phases("decoding") as show:
        data = load_recordings(read_videos(settings), settings, out / "frames", show)
    wanted = Wanted(cards[0].labels, cards[0].answer == "several_labels")
    panel = _Panel(
        [build_predictor(name, device=config.device, mode="window") for name in config.streams], spec, wanted
    )
    svm = None
    if config.method == "svm":
        with phases("fusion") as show:
            svm = _fit(panel.ask_all(data.recordings["validation"], show), wanted)
    with phases("metrics") as show:
        answers = [_fused(opinion, svm) for opinion in panel.ask_all(data.judged, show)]
    if wanted.has_several_labels:
        metrics = judge_several_labels(answers, wanted.labels)
    else:
        metrics = judge_labels(answers, wanted.labels, whole_videos=all(one.label for one in data.judged))
    card = fusion_card(config, cards, spec, {"measured_on": data.summary, **metrics})
    return store_fusion(svm, len(cards), card, out)


@dataclass(frozen=True, eq=False)
class _Opinion:
    """What each stream says of the clips of one recording."""

    recording: Recording
    places: ClipPlaces
    scores: list[np.ndarray]
    """One array a stream, (M, num_labels)."""


class _Panel:
    """The streams, as they are served."""

    def __init__(self, predictors: Sequence[Predictor], spec: ClipSpec, wanted: Wanted) -> None:
        self._predictors, self._spec, self._wanted = predictors, spec, wanted

    def ask_all(self, recordings: Sequence[Recording], show: Show) -> list[_Opinion]:
        found = []
        for recording in shown(recordings, show):
            places = clip_places(
                recording, self._wanted, num_frames=self._spec.num_frames, stride_frames=self._spec.stride_frames
            )
            if len(places.starts):
                scores = [self._scores(predictor, recording, places.starts) for predictor in self._predictors]
                found.append(_Opinion(recording, places, scores))
        return found

    def _scores(self, predictor: Predictor, recording: Recording, starts: np.ndarray) -> np.ndarray:
        clips = (self._clip(recording, int(start)) for start in starts)
        prepared = [predictor.prepare(first_frames(clip, predictor.clip_spec)) for clip in clips]
        groups = [prepared[first : first + CLIPS_AT_ONCE] for first in range(0, len(prepared), CLIPS_AT_ONCE)]
        return np.concatenate([scores_of(predictor.predict(group)) for group in groups])

    def _clip(self, recording: Recording, start: int) -> Clip:
        indices = np.arange(start, start + self._spec.num_frames)
        return Clip(frames_of_clip(recording.frames, indices), indices / recording.frame_rate_hz, recording.name)


def _fit(opinions: Sequence[_Opinion], wanted: Wanted) -> SvmFusion:
    if wanted.has_several_labels:
        raise ValueError("method: an SVM fuses models with one label at a time; take the mean for several labels")
    scores = [np.concatenate(stream) for stream in zip(*(opinion.scores for opinion in opinions), strict=True)]
    return fit_svm(scores, np.concatenate([opinion.places.targets for opinion in opinions]))


def _fused(opinion: _Opinion, svm: SvmFusion | None) -> Answers:
    recording, places = opinion.recording, opinion.places
    return Answers(
        places.starts / recording.frame_rate_hz,
        fuse(opinion.scores, svm),
        places.targets,
        loss=0.0,
        score=0.0,
        group=recording.group or recording.name,
    )
