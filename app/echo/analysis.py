"""Batch reading of echocardiograms: one reading an input, as JSON, records, pictures and a DICOM report."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from app.echo.film_strip import write_film_strip
from app.echo.overlay import headline, write_annotated_video, write_sheet
from app.echo.reports import reported_numbers
from models.echo.reading import EchoReading, Refusal
from models.predictor import ModelCard
from models.predictors.echo_ef import EchoEf
from stream.batch.inputs import AnalysisInput, FoundInputs
from stream.batch.naming import output_names, place_of
from stream.batch.output_folder import Draft, OutputFolder, write_whole
from stream.batch.summary import AnalysisSummary, InputReport
from stream.batch.writers import WRITERS
from stream.dicom_report import write_report
from stream.echo_recording import NoUltrasound, read_recording
from stream.errors import SourceRefused, StreamError
from stream.sources.dicom_signature import is_dicom
from stream.sources.url import redact_url

READING_SUFFIX = "_echo.json"
RECIPE_VERSION = 1


@dataclass(frozen=True)
class EchoOptions:
    """What a run writes."""

    formats: tuple[str, ...] = ("jsonl", "csv")
    annotate: bool = False
    resume: bool = False


class EchoAnalysis:
    """Reads echocardiograms and writes what was read into one folder.

    Each input gives, whether its ejection fraction could be read or not: the reading `<name>_echo.json`, a sheet
    `<name>_echo.png`, a film strip for the dashboard, records, and if wanted the annotated video; a DICOM cine whose
    ejection fraction was read also a structured report, `<name>_sr.dcm`.
    """

    def __init__(
        self, card: ModelCard, load_predictor: Callable[[], EchoEf], output: Path, options: EchoOptions
    ) -> None:
        """Make the output folder.

        Raises:
            OSError: it cannot be made.
        """
        self._card, self._load, self._options = card, load_predictor, options
        self._output = OutputFolder(output)

    def run(self, found: FoundInputs, on_report: Callable[[InputReport], None]) -> AnalysisSummary:
        """Read every input in turn; what cannot be read is reported, and the rest goes on.

        Raises:
            OSError: the output folder is full or cannot be written; nothing half-written stays behind.
        """
        started = time.monotonic()
        names = output_names(found.inputs, self._output.names_taken())
        reports = [InputReport(pattern, "refused", reason) for pattern, reason in found.unmatched]
        for entry, name in zip(found.inputs, names, strict=True):
            recipe = self._recipe(entry)
            is_finished = self._options.resume and self._output.is_finished(name, recipe)
            source = redact_url(entry.location)
            report = InputReport(source, "skipped", name=name) if is_finished else self._read(entry, name, recipe)
            reports.append(report)
            on_report(report)
        summary = AnalysisSummary(tuple(reports), found.num_ignored, time.monotonic() - started)
        write_whole(self._output.path / "summary.json", summary.to_json())
        return summary

    @cached_property
    def _predictor(self) -> EchoEf:
        return self._load()

    def _read(self, entry: AnalysisInput, name: str, recipe: dict[str, Any]) -> InputReport:
        started = time.monotonic()
        source, draft = redact_url(entry.location), self._output.draft(name)
        try:
            reading, size = self._reading(entry)
            self._write(draft, entry, reading, size)
            outputs = draft.publish(place=place_of(entry.location), recipe=recipe)
        except StreamError as error:
            return InputReport(source, "refused", " ".join(str(error).split()), name=name)
        finally:
            draft.discard()
        report = InputReport(
            source,
            "refused" if reading.refusal else "done",
            reading.refusal.reason if reading.refusal else "",
            name=name,
            video_seconds=float(np.ptp(reading.pts_seconds)) if len(reading.pts_seconds) else 0.0,
            num_frames=len(reading.pts_seconds),
            outputs=outputs,
        )
        return replace(report, elapsed_seconds=time.monotonic() - started)

    def _reading(self, entry: AnalysisInput) -> tuple[EchoReading, dict[str, int]]:
        """Return what was read, and the size of the recording's pictures."""
        try:
            recording = read_recording(entry.location)
        except NoUltrasound as error:
            refusal = Refusal("no_ultrasound", " ".join(str(error).split()))
            name = Path(entry.location).name
            return EchoReading(name, self._card.name, self._card.weights_sha256, refusal), {}
        return self._predictor.read(recording.cine), {"width": recording.width, "height": recording.height}

    def _write(self, draft: Draft, entry: AnalysisInput, reading: EchoReading, size: dict[str, int]) -> None:
        text = json.dumps({**reading.to_json(), **size}, ensure_ascii=False, allow_nan=False)
        draft.path(READING_SUFFIX).write_text(text + "\n", encoding="utf-8")
        self._write_records(draft, reading, redact_url(entry.location))
        if not len(reading.pts_seconds):
            return
        write_sheet(draft.path("_echo.png"), entry.location, reading)
        write_film_strip(draft.path("_strip.jpg"), entry.location, reading)
        if self._options.annotate:
            write_annotated_video(draft.path("_annotated.mp4"), entry.location, reading)
        if reading.ef and is_dicom(Path(entry.location)):
            remark = f"{headline(reading)}. Read by {self._card.name}, weights {self._card.weights_sha256[:12]}. "
            numbers = reported_numbers(reading)
            write_report(draft.path("_sr.dcm"), Path(entry.location), numbers, remark=remark + "Not for clinical use.")

    def _write_records(self, draft: Draft, reading: EchoReading, source: str) -> None:
        for form in self._options.formats:
            writer = WRITERS[form](draft.path(f".{form}"), [self._card])
            for record in records_of(reading, source):
                writer.write(record)
            writer.close()

    def _recipe(self, entry: AnalysisInput) -> dict[str, Any]:
        try:
            stat = Path(entry.location).stat()
        except OSError as error:
            raise SourceRefused(f"{entry.location}: required a file that can be read ({error.strerror})") from error
        return {
            "version": RECIPE_VERSION,
            "input": {"place": place_of(entry.location), "size_bytes": stat.st_size, "modified_ns": stat.st_mtime_ns},
            "models": [{"name": self._card.name, "weights": self._card.weights_sha256}],
            "formats": sorted(self._options.formats),
            "annotate": self._options.annotate,
        }


def records_of(reading: EchoReading, source: str) -> list[dict[str, Any]]:
    """Return what was read as records, one a number: the recording's first, then each beat's."""
    if not reading.ef or not reading.volume_ef:
        return []
    common = {"kind": "measurement", "source": source, "model": reading.model, "weights": reading.weights_sha256}
    whole = {"start_seconds": float(reading.pts_seconds[0]), "end_seconds": float(reading.pts_seconds[-1])}
    records = [
        {
            **common,
            **whole,
            "name": name,
            "value": spread.mean,
            "unit": "%",
            "interval": [spread.lowest, spread.highest],
        }
        for name, spread in (("ef_percent", reading.ef), ("volume_ef_percent", reading.volume_ef))
    ]
    for beat in reading.beats:
        times = {"start_seconds": beat.diastole_seconds, "end_seconds": beat.systole_seconds}
        records.append({**common, **times, "name": "beat_ef_percent", "value": beat.ef_percent, "unit": "%"})
    return records
