"""Batch reading of pictures or volumes: one model over many inputs, into one folder, without Redis."""

import logging
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from app.imaging.reading import ImagingReader, Order
from models.imaging.answer import ImagingModel, Progress
from models.predictor import ModelCard
from stream.batch.inputs import FoundInputs
from stream.batch.naming import output_names
from stream.batch.output_folder import OutputFolder, write_whole
from stream.batch.summary import AnalysisSummary, InputReport

logger = logging.getLogger(__name__)


class ModelNotReady(Exception):
    """The model cannot be made ready, whatever the input."""


class Listener(Protocol):
    """Who follows a run."""

    def started(self, order: Order, index: int, num_inputs: int) -> None: ...

    def loading(self) -> None:
        """Say that the model is being made ready; this happens once, and may take a while."""

    def advanced(self, progress: Progress) -> None: ...

    def finished(self, report: InputReport) -> None: ...


class ImagingAnalysis:
    """Reads inputs with one model and writes what it says into one folder."""

    def __init__(
        self, card: ModelCard, load_model: Callable[[], ImagingModel], output: Path, *, listener: Listener
    ) -> None:
        """Make the output folder.

        Args:
            card: of the model.
            load_model: makes the model ready; called once, and only when there is work for it.
            output: folder of the outputs, made when missing.
            listener: follows the progress.

        Raises:
            OSError: the output folder cannot be made.
        """
        self._listener = listener
        self._output = OutputFolder(output)
        self._reader = ImagingReader(card, lambda: self._load(load_model), self._output)

    def run(self, found: FoundInputs, *, is_resumed: bool = False) -> AnalysisSummary:
        """Read every input in turn; a refused one is reported and the rest goes on.

        Args:
            found: what to read.
            is_resumed: skip inputs whose outputs are complete for the same file and weights.

        Raises:
            OSError: the output folder is full or cannot be written.
            ModelNotReady: the model has no weights, damaged ones, or this machine lacks what it needs.
        """
        started = time.monotonic()
        reports = [InputReport(pattern, "refused", reason) for pattern, reason in found.unmatched]
        for report in reports:
            self._listener.finished(report)
        names = output_names(found.inputs, self._output.names_taken())
        for index, (entry, name) in enumerate(zip(found.inputs, names, strict=True)):
            order = Order(entry.location, name, is_resumed)
            self._listener.started(order, index, len(names))
            reports.append(self._read(order))
            self._listener.finished(reports[-1])
        summary = AnalysisSummary(tuple(reports), found.num_ignored, time.monotonic() - started)
        write_whole(self._output.path / "summary.json", summary.to_json())
        return summary

    def _load(self, load_model: Callable[[], ImagingModel]) -> ImagingModel:
        self._listener.loading()
        try:
            return load_model()
        except ValueError as error:
            raise ModelNotReady(str(error)) from error

    def _read(self, order: Order) -> InputReport:
        started, work = time.monotonic(), self._reader.read(order)
        while True:
            try:
                self._listener.advanced(next(work))
            except StopIteration as end:
                report: InputReport = end.value
                return report
            except (OSError, ModelNotReady):
                raise
            except Exception as error:  # one input that a model fails on must not end the others
                logger.exception("reading %s failed", order.location)
                elapsed = time.monotonic() - started
                reason = f"{order.location}: the model failed on it: {type(error).__name__}: {error}"
                return replace(InputReport(order.location, "refused", reason, name=order.name), elapsed_seconds=elapsed)
