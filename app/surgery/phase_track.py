"""The phases of an analysed operation: what the model said of each second, joined to spans."""

from app.pictures.palette import BLUE, GREEN, GREY, ORANGE, PURPLE, SKY, VERMILION
from models.predictor import ModelCard
from models.surgical_phases import PHASES, PhaseSpan, spans_of
from stream.analysis import AnalysedVideo
from stream.batch.series import Series

NETWORK = "surgical_phase"
"""Models of this network say phases, whatever name they bear."""

PHASE_COLOURS = dict(zip(PHASES, (GREY, BLUE, VERMILION, GREEN, PURPLE, SKY, ORANGE), strict=True))
"""The same in every picture and page."""
OTHER_COLOUR = "#5b6670"


def says_phases(card: ModelCard) -> bool:
    """Whether a model recognises surgical phases."""
    return card.network == NETWORK


def phase_spans(video: AnalysedVideo, model: str) -> tuple[PhaseSpan, ...]:
    """Return what a model said of a video, without gap from its first second to its last.

    Raises:
        ValueError: the model was not run on this video.
    """
    series = next((series for series in video.series if series.model == model), None)
    if series is None:
        raise ValueError(f"{model} must have been run on {video.title} to tell its phases")
    return spans_of_series(series)


def spans_of_series(series: Series) -> tuple[PhaseSpan, ...]:
    """Join the most likely labels of a series to spans."""
    if not len(series.values):
        return ()
    phases = [series.names[index] for index in series.values.argmax(axis=1)]
    return spans_of(phases, series.start_seconds.tolist(), float(series.end_seconds[-1]))


def spoken(phase: str) -> str:
    """Return a phase's name in words: GallbladderDissection becomes gallbladder dissection."""
    return "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in phase).strip()
