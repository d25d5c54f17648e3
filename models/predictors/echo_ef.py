"""Reads the ejection fraction off an echocardiogram, beat by beat, or says why it cannot be read."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from models.echo.beats import BeatFrames, find_beats
from models.echo.cine import Cine
from models.echo.crop import Crop
from models.echo.reading import BeatReading, EchoReading, Refusal, RefusalCode
from models.echo.sector import NoFan, find_fan
from models.echo.volumes import area_length_volume, largest_part, outline
from models.predictor import ClipSpec, ModelCard
from models.predictors.echo_networks import EfReader, FrameReader, MaskReader
from models.results import Measurement, Result
from models.samples import Clip, Sample

LEAST_RATE_HZ = 15.0
"""With fewer frames a second the end of systole is missed by too much."""
LEAST_BEATS = 2
LEAST_VIEW_SCORE = 0.5
LEAST_AREA = 120.0
"""Of a left ventricle, pixels of the square: about 1 % of it."""
LEAST_SHARE_OF_FRAMES = 0.8
"""In which the ventricle must be found."""
LARGEST_LEAP = 0.35
"""Share by which two neighbouring frames' areas may differ, at the median over the recording's frames."""
FRAMES_FOR_FAN = 24
_DECIDED = 127


class EchoEf:
    """A whole recording in, an ejection fraction with its beats out.

    Args:
        card: of the model that reads the ejection fraction.
        views: names of the views that `frames` tells apart; the first is the one that can be read.
        frames: tells the view.
        masks: finds the left ventricle.
        ef: reads the ejection fraction of a beat.
    """

    accepts: type[Sample] = Clip
    clip_spec: ClipSpec | None = None
    max_batch_size = 1

    def __init__(
        self, card: ModelCard, *, views: Sequence[str], frames: FrameReader, masks: MaskReader, ef: EfReader
    ) -> None:
        self.name, self.card = card.name, card
        self._views, self._frames, self._masks, self._ef = tuple(views), frames, masks, ef

    def prepare(self, sample: Sample) -> Cine:
        """Cut the fan's square out of every frame.

        Raises:
            ValueError: the sample is no clip, or shows no ultrasound.
        """
        if not isinstance(sample, Clip):
            raise ValueError(f"{self.name} reads whole recordings, got {type(sample).__name__} {sample.source_id!r}")
        step = max(sample.num_frames // FRAMES_FOR_FAN, 1)
        fan = find_fan(list(sample.frames[::step]))
        if isinstance(fan, NoFan):
            raise ValueError(f"{sample.source_id} must be an ultrasound recording: {fan.reason}")
        crop = Crop.around(fan.box)
        is_new = np.append(True, np.diff(sample.pts_seconds) > 0)
        squares = np.stack([crop.take(frame) for frame in sample.frames[is_new]])
        return Cine(sample.source_id, squares, sample.pts_seconds[is_new], crop)

    def predict(self, prepared: Sequence[Cine]) -> list[Result]:
        """Return `ef_percent` a recording; its interval is the range over the beats.

        Raises:
            ValueError: a recording cannot be read; the message says why.
        """
        results: list[Result] = []
        for cine in prepared:
            reading = self.read(cine)
            if reading.ef is None:
                reason = reading.refusal.reason if reading.refusal else "there is no beat"
                raise ValueError(f"{cine.source_id}: {reason}")
            spread = reading.ef
            results.append(Measurement("ef_percent", spread.mean, "%", (spread.lowest, spread.highest)))
        return results

    def read(self, cine: Cine) -> EchoReading:
        """Read a recording as far as it can be read; what cannot is said in `refusal`."""
        found = self._frames.find(cine.frames, cine.frame_rate_hz)
        scores = found.views.mean(0)
        view = int(scores.argmax())
        if view != 0 or scores[0] < LEAST_VIEW_SCORE:
            required, seen = _words(self._views[0]), _words(self._views[view])
            reason = f"an {required} view is required, this looks like {seen} ({scores[view]:.0%})"
            return self._refused(cine, "another_view", reason, view=self._views[view], score=float(scores[view]))
        are_known = self._masks is self._frames
        probabilities = found.probabilities if are_known else self._masks.probabilities(cine.frames, cine.frame_rate_hz)
        masks = np.stack([largest_part(frame > _DECIDED) for frame in probabilities])
        areas = masks.sum((1, 2)).astype(np.float64)
        reading = self._describe(cine, masks, areas, view_score=float(scores[0]))
        problem = self._problem(cine, areas)
        beats = [] if problem else find_beats(areas, cine.frame_rate_hz)
        if not problem and len(beats) < LEAST_BEATS:
            problem = Refusal(
                "fewer_than_two_beats",
                f"at least {LEAST_BEATS} whole beats are required, found {len(beats)} "
                f"in {cine.pts_seconds[-1] - cine.pts_seconds[0]:.1f} s",
            )
        if beats:
            reading = replace(reading, beats=self._read_beats(cine, probabilities, masks, beats))
        return replace(reading, refusal=problem)

    def _problem(self, cine: Cine, areas: np.ndarray) -> Refusal | None:
        if cine.frame_rate_hz < LEAST_RATE_HZ:
            return Refusal(
                "too_few_frames_a_second",
                f"at least {LEAST_RATE_HZ:g} frames a second are required to see the end of systole, "
                f"found {cine.frame_rate_hz:.1f}",
            )
        is_found = areas >= LEAST_AREA
        leaps = np.abs(np.diff(areas)) / np.maximum(np.maximum(areas[1:], areas[:-1]), 1)
        if is_found.mean() < LEAST_SHARE_OF_FRAMES or np.median(leaps) > LARGEST_LEAP:
            return Refusal(
                "no_left_ventricle",
                f"the left ventricle must be found, steadily, in {LEAST_SHARE_OF_FRAMES:.0%} of the frames, "
                f"it was found in {is_found.mean():.0%}",
            )
        return None

    def _read_beats(
        self, cine: Cine, probabilities: np.ndarray, masks: np.ndarray, beats: Sequence[BeatFrames]
    ) -> tuple[BeatReading, ...]:
        fractions = self._ef.ef_percent(cine.frames, probabilities, cine.pts_seconds, [beat.systole for beat in beats])
        cell = cine.cm_a_cell
        readings = []
        for beat, fraction in zip(beats, fractions, strict=True):
            largest, smallest = (_volume_near(masks, index) for index in (beat.diastole, beat.systole))
            readings.append(
                BeatReading(
                    diastole_seconds=float(cine.pts_seconds[beat.diastole]),
                    systole_seconds=float(cine.pts_seconds[beat.systole]),
                    ef_percent=float(np.clip(fraction, 0, 100)),
                    volume_ef_percent=100 * (1 - smallest / largest) if largest else 0.0,
                    edv_ml=largest * cell**3 if cell else None,
                    esv_ml=smallest * cell**3 if cell else None,
                )
            )
        return tuple(readings)

    def _describe(self, cine: Cine, masks: np.ndarray, areas: np.ndarray, *, view_score: float) -> EchoReading:
        cell = cine.cm_a_cell
        return EchoReading(
            source_id=cine.source_id,
            model=self.name,
            weights_sha256=self.card.weights_sha256,
            refusal=None,
            frame_rate_hz=cine.frame_rate_hz,
            view=self._views[0],
            view_score=view_score,
            pts_seconds=cine.pts_seconds,
            areas=areas * (cell**2 if cell else cine.crop.pixels_a_cell**2),
            area_unit="cm²" if cell else "px",
            contours=tuple(cine.crop.to_picture(outline(mask)) for mask in masks),
        )

    def _refused(self, cine: Cine, code: RefusalCode, reason: str, *, view: str, score: float) -> EchoReading:
        return EchoReading(
            source_id=cine.source_id,
            model=self.name,
            weights_sha256=self.card.weights_sha256,
            refusal=Refusal(code, reason),
            frame_rate_hz=cine.frame_rate_hz,
            view=view,
            view_score=score,
            pts_seconds=cine.pts_seconds,
        )


def _volume_near(masks: np.ndarray, index: int) -> float:
    """Median over a frame and its neighbours, so that one bad outline does not decide."""
    return float(np.median([area_length_volume(mask) for mask in masks[max(index - 1, 0) : index + 2]]))


def _words(name: str) -> str:
    return name.replace("_", " ")
