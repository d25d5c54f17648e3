"""Batch analysis of video: the clip buffer and the predictors of the live path, in one run, without Redis.

For each input: a decoder child (`stream.batch.decoder`) sends frames and planned clips, a thread prepares them
(`clip_feed`), this thread runs the models in batches (`prediction`), and records go to files that appear whole
or not at all (`output_folder`).
"""

import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any, Protocol

from models.predictor import ModelCard, Predictor
from stream.batch.clip_feed import PredictionFailed
from stream.batch.decoder import Decoder, decoders_ahead
from stream.batch.inputs import AnalysisInput, FoundInputs, is_url
from stream.batch.missing_part import missing_part
from stream.batch.naming import output_names, place_of
from stream.batch.output_folder import Draft, OutputFolder, Recipe, write_whole
from stream.batch.prediction import ScoredClip
from stream.batch.recording import Recording
from stream.batch.scored_video import score_video
from stream.batch.series import Series
from stream.batch.summary import AnalysisSummary, InputReport
from stream.batch.wire import DecodeOrder
from stream.errors import SourceRefused, StreamError
from stream.messages import Event
from stream.sources.reader import MediaInfo
from stream.sources.url import redact_url

MIN_SIDE = 16
"""Pixels; in smaller pictures nothing can be seen, and what models say of them means nothing."""
RECIPE_VERSION = 1
"""Raised when the same inputs and options would give other files than before."""


@dataclass(frozen=True, eq=False)
class AnalysedVideo:
    """All that is known of a video once its models have run; what products are made from."""

    location: str
    title: str
    """Name for a person: the location without credentials."""
    media: MediaInfo
    duration_seconds: float
    series: tuple[Series, ...]
    events: tuple[Event, ...]


class Product(Protocol):
    """A file made from a finished analysis, such as a picture of its timeline."""

    suffix: str
    """What its name has behind the input's, such as "_timeline.png"."""

    def make(self, path: Path, video: AnalysedVideo) -> None:
        """Write the file.

        Raises:
            StreamError: the video could not be read again.
        """


class Listener(Protocol):
    """Who follows the progress of a run."""

    def started(self, entry: AnalysisInput, index: int, num_inputs: int) -> None: ...

    def loading(self) -> None:
        """Say that the models are being made ready; this happens once, and may take a while."""

    def opened(self, media: MediaInfo) -> None: ...

    def advanced(self, position_seconds: float, num_clips: int) -> None:
        """Say how far the input is, in media time, and how many clips are scored."""

    def making(self, suffix: str) -> None:
        """Say that a product of the input is being made."""

    def finished(self, report: InputReport) -> None: ...


@dataclass(frozen=True)
class AnalysisOptions:
    """What a run writes, and how much of each input it reads."""

    formats: tuple[str, ...] = ("jsonl", "csv")
    resume: bool = False
    """Skip inputs whose outputs are complete for the same file, weights and options."""
    end_seconds: float | None = None
    """Analyse only so much media time of each input; None: all."""


class Analysis:
    """Runs predictors over inputs and writes what they say into one folder."""

    def __init__(
        self,
        cards: Sequence[ModelCard],
        load_predictors: Callable[[], Sequence[Predictor]],
        output: Path,
        *,
        options: AnalysisOptions,
        products: Sequence[Product],
        listener: Listener,
    ) -> None:
        """Check the models and make the output folder.

        Args:
            cards: cards of the models to run.
            load_predictors: makes their predictors ready; called once, and only when there is work for them.
            output: folder of the outputs, made when missing.
            options: what to write, and how much to read.
            products: what else to make of every analysed video.
            listener: follows the progress.

        Raises:
            ValueError: a model does not take clips of video.
            OSError: the output folder cannot be made.
        """
        for card in cards:
            if card.clip_spec is None:
                raise ValueError(f"a model of video is required, {card.name} takes no clips")
        self._cards = list(cards)
        self._load_predictors = load_predictors
        self._output = OutputFolder(output)
        self._options = options
        self._products = list(products)
        self._listener = listener

    def run(self, found: FoundInputs) -> AnalysisSummary:
        """Analyse every input in turn; a refused one is reported and the rest goes on.

        Raises:
            OSError: the output folder is full or cannot be written; nothing half-written stays behind.
        """
        started = time.monotonic()
        names = output_names(found.inputs, self._output.names_taken())
        reports = [InputReport(pattern, "refused", reason) for pattern, reason in found.unmatched]
        for report in reports:
            self._listener.finished(report)
        plans = [self._plan(entry, name) for entry, name in zip(found.inputs, names, strict=True)]
        with closing(decoders_ahead(plan.order for plan in plans if not plan.is_finished)) as decoders:
            for index, plan in enumerate(plans):
                self._listener.started(plan.entry, index, len(plans))
                report = plan.skipped() if plan.is_finished else self._analyse_or_refuse(plan, next(decoders))
                reports.append(report)
                self._listener.finished(report)
        summary = AnalysisSummary(tuple(reports), found.num_ignored, time.monotonic() - started)
        write_whole(self._output.path / "summary.json", summary.to_json())
        return summary

    @cached_property
    def _predictors(self) -> list[Predictor]:
        self._listener.loading()
        return list(self._load_predictors())

    def _plan(self, entry: AnalysisInput, name: str) -> "_Plan":
        recipe = self._recipe(entry)
        specs = {card.name: card.clip_spec for card in self._cards if card.clip_spec}
        order = DecodeOrder(entry.location, specs, end_seconds=self._options.end_seconds)
        is_finished = self._options.resume and self._output.is_finished(name, recipe)
        return _Plan(entry, name, recipe, order, is_finished, self._output.remark(name) if is_finished else "")

    def _analyse_or_refuse(self, plan: "_Plan", decoder: Decoder) -> InputReport:
        with decoder:
            predictors = self._predictors
            started = time.monotonic()
            draft = self._output.draft(plan.name)
            try:
                report = self._analyse(plan, predictors, decoder, draft)
                outputs = draft.publish(place=place_of(plan.entry.location), recipe=plan.recipe, remark=report.reason)
            except (StreamError, PredictionFailed) as error:
                return InputReport(plan.source, "refused", _one_line(error), name=plan.name)
            finally:
                draft.discard()
        return replace(report, outputs=outputs, elapsed_seconds=time.monotonic() - started)

    def _analyse(self, plan: "_Plan", predictors: Sequence[Predictor], decoder: Decoder, draft: Draft) -> InputReport:
        """Run the models over one input and write its files into the draft."""
        with Recording(plan.source, predictors, draft, self._options.formats) as recording:

            def take(clips: Sequence[ScoredClip]) -> None:
                for scored in clips:
                    recording.add(scored)
                self._listener.advanced(clips[-1].end_seconds, recording.num_clips)

            scored = score_video(decoder, predictors, on_clips=take, on_open=partial(self._opened, plan.source))
            missing = missing_part(scored.media, scored.ended, wanted_seconds=self._options.end_seconds)
            recording.finish(missing)
        video = AnalysedVideo(
            plan.entry.location,
            plan.source,
            scored.media,
            scored.ended.duration_seconds,
            recording.series,
            recording.events,
        )
        for product in self._products:
            self._listener.making(product.suffix)
            product.make(draft.path(product.suffix), video)
        return InputReport(
            plan.source,
            "partial" if missing else "done",
            str(missing or ""),
            name=draft.name,
            video_seconds=scored.ended.duration_seconds,
            num_frames=scored.ended.num_frames,
            num_damaged_frames=scored.ended.num_damaged,
            num_clips=recording.num_clips,
            num_events=len(recording.events),
            stage_seconds=scored.stage_seconds,
        )

    def _opened(self, source: str, media: MediaInfo) -> None:
        if min(media.width, media.height) < MIN_SIDE:
            raise SourceRefused(
                f"{source}: required pictures of at least {MIN_SIDE}x{MIN_SIDE} pixels, "
                f"found {media.width}x{media.height}"
            )
        self._listener.opened(media)

    def _recipe(self, entry: AnalysisInput) -> Recipe:
        """Return everything that the outputs of an input depend on."""
        return {
            "version": RECIPE_VERSION,
            "input": _file_identity(entry.location),
            "models": [{"name": card.name, "weights": card.weights_sha256, **_specs_of(card)} for card in self._cards],
            "formats": sorted(self._options.formats),
            "products": sorted(product.suffix for product in self._products),
            "end_seconds": self._options.end_seconds,
        }


@dataclass(frozen=True)
class _Plan:
    """What is to be done with one input."""

    entry: AnalysisInput
    name: str
    recipe: Recipe
    order: DecodeOrder
    is_finished: bool
    remark: str
    """What its finished outputs lack."""

    @property
    def source(self) -> str:
        return redact_url(self.entry.location)

    def skipped(self) -> InputReport:
        return InputReport(self.source, "skipped", self.remark, name=self.name)


def _specs_of(card: ModelCard) -> dict[str, dict[str, Any] | None]:
    return {
        "clip_spec": asdict(card.clip_spec) if card.clip_spec else None,
        "event_spec": asdict(card.event_spec) if card.event_spec else None,
    }


def _file_identity(location: str) -> dict[str, str | int]:
    """Say which bytes an input is, without reading them all."""
    if is_url(location):
        return {"place": place_of(location)}
    try:
        stat = Path(location).stat()
    except OSError:
        return {"place": place_of(location)}
    return {"place": place_of(location), "size_bytes": stat.st_size, "modified_ns": stat.st_mtime_ns}


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())
