"""Takes the scored clips of one video: writes their records, finds the events, keeps the series."""

from collections.abc import Sequence

from models.predictor import Predictor
from models.results import result_to_json
from stream.batch.clip_feed import PredictionFailed
from stream.batch.missing_part import MissingPart
from stream.batch.output_folder import Draft
from stream.batch.prediction import ScoredClip
from stream.batch.records import Record, clip_record, event_record, missing_record
from stream.batch.series import Series, SeriesBuilder
from stream.batch.writers import WRITERS
from stream.closing import Closing
from stream.events import EventDetector
from stream.messages import Event, InferenceResult


class Recording(Closing):
    """The records of one video, in as many file formats as asked for."""

    def __init__(self, source: str, predictors: Sequence[Predictor], draft: Draft, formats: Sequence[str]) -> None:
        self._source = source
        self._cards = {predictor.name: predictor.card for predictor in predictors}
        self._builders = {name: SeriesBuilder(name) for name in self._cards}
        self._detectors = {
            name: EventDetector(source, name, card.event_spec)
            for name, card in self._cards.items()
            if card.event_spec is not None
        }
        self._writers = [WRITERS[name](draft.path(f".{name}"), list(self._cards.values())) for name in formats]
        self._events: list[Event] = []
        self.num_clips = 0

    @property
    def series(self) -> tuple[Series, ...]:
        return tuple(builder.build() for builder in self._builders.values())

    @property
    def events(self) -> tuple[Event, ...]:
        """The events that are over, in order of their start."""
        return tuple(sorted(self._events, key=lambda event: (event.start_seconds, event.label)))

    def add(self, scored: ScoredClip) -> None:
        """Write what a model said of a clip, and the events that ended by it."""
        model = scored.planned.model
        self._write(clip_record(self._source, self._cards[model], scored))
        self._builders[model].add(scored)
        self.num_clips += 1
        if detector := self._detectors.get(model):
            self._tell(detector.push(self._as_message(scored)))

    def finish(self, missing: MissingPart | None = None) -> None:
        """End the events that are open at the end of the video, write what the video lacks, and close the files."""
        for detector in self._detectors.values():
            self._tell(detector.finish())
        if missing:
            for card in self._cards.values():
                self._write(missing_record(self._source, card, missing))
        self.close()

    def close(self) -> None:
        while self._writers:
            self._writers.pop().close()

    def _tell(self, events: Sequence[Event]) -> None:
        for event in events:
            if event.end_seconds is not None:
                self._events.append(event)
                self._write(event_record(self._source, self._cards[event.model], event))

    def _write(self, record: Record) -> None:
        try:
            for writer in self._writers:
                writer.write(record)
        except ValueError as error:  # infinity, or no number at all
            start = record["start_seconds"]
            raise PredictionFailed(f"{record['model']} gave no usable number at {start:.3f} s: {error}") from error

    def _as_message(self, scored: ScoredClip) -> InferenceResult:
        """Return the result as the live path would publish it; a file that is read has no wall time."""
        planned = scored.planned
        return InferenceResult(
            source_id=self._source,
            model=planned.model,
            epoch=planned.epoch,
            clip_index=planned.clip_index,
            result=result_to_json(scored.result),
            start_seconds=scored.start_seconds,
            end_seconds=scored.end_seconds,
            captured_at=0.0,
            produced_at=0.0,
            finished_at=0.0,
            worker_id="analysis",
            weights_sha256=self._cards[planned.model].weights_sha256,
            lag_seconds=scored.lag_seconds,
        )
