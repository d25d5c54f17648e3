"""Reads one picture or volume with a model and writes all that the model says of it, piece by piece."""

import importlib.util
import json
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from app.imaging.findings_table import write_findings
from app.imaging.picture_results import instance_map, write_picture_labels, write_picture_results
from app.imaging.records import imaging_records
from app.imaging.view_pack import VIEW_SUFFIX
from app.imaging.view_writing import write_view_pack
from app.imaging.volume_results import write_volume_results
from models.imaging.answer import ImagingAnswer, ImagingModel, Progress
from models.imaging.region_measures import MeasuredRegion
from models.predictor import ModelCard
from models.samples import Image, StoredVolume
from stream.batch.naming import place_of
from stream.batch.output_folder import Draft, OutputFolder, Recipe
from stream.batch.records import Record
from stream.batch.summary import InputReport
from stream.errors import StreamError
from stream.imaging.opening import open_volume, read_images
from stream.imaging.writing.dicom_segmentation import SegmentingModel
from stream.sources.url import redact_url

RECIPE_VERSION = 1
"""Raised when the same inputs and models would give other files than before."""
_SHOWN_VERSION = 12

Work = Generator[Progress, None, InputReport]
"""Says after each piece how far it is; between two of them the caller may do something else, or give up."""


@dataclass(frozen=True)
class Order:
    """One input to read, and what to call its results."""

    location: str
    name: str
    is_resumed: bool = False
    """Whether nothing is done when its results are complete for the same file and weights."""
    source: str = ""
    """What the user named, when that was fetched from elsewhere."""


class ImagingReader:
    """Reads samples with one model into one folder.

    An input gives `<name>.jsonl`, and of each of its pictures or volumes what the writers of `picture_results` and
    `volume_results` say; all of them appear together, or none.
    """

    def __init__(
        self, card: ModelCard, load_model: Callable[[], ImagingModel], output: OutputFolder, *, is_viewed: bool = False
    ) -> None:
        """Prepare; no model is made ready yet.

        Args:
            card: of the model.
            load_model: makes it ready; called once, when there is work for it.
            output: folder of the results.
            is_viewed: whether to write also what the dashboard's viewer shows, which is as large as the samples.
        """
        self._card, self._load_model, self._output, self._is_viewed = card, load_model, output, is_viewed

    def read(self, order: Order) -> Work:
        """Read one input.

        Returns:
            What became of it: done, refused with the reason, or skipped.

        Raises:
            OSError: the results cannot be written; nothing half-written stays behind.
            Exception: whatever `load_model` raises; a model that cannot be made ready is no fault of the input.
        """
        started = time.monotonic()
        named = order.source or order.location
        source, recipe = redact_url(named), imaging_recipe(self._card, named, is_viewed=self._is_viewed)
        if order.is_resumed and self._output.is_finished(order.name, recipe):
            return InputReport(source, "skipped", name=order.name, outputs=self._output.files(order.name))
        model, draft = self._model, self._output.draft(order.name)
        try:
            report = yield from self._write(order, draft, model)
            outputs = draft.publish(place=place_of(named), recipe=recipe)
        except (StreamError, ValueError) as error:
            return InputReport(source, "refused", " ".join(str(error).split()), name=order.name)
        finally:
            draft.discard()
        return replace(report, outputs=outputs, elapsed_seconds=time.monotonic() - started)

    @cached_property
    def _model(self) -> ImagingModel:
        return self._load_model()

    def _write(self, order: Order, draft: Draft, model: ImagingModel) -> Work:
        records: list[Record] = []
        num_samples = num_objects = 0
        for stem, sample in self._samples(order, draft):
            with TemporaryDirectory(prefix="vigil-") as scratch:
                answer = yield from model.read(sample, scratch=Path(scratch))
                regions = _write_answer(draft.folder, stem, sample, answer, self._card)
                if self._is_viewed:
                    labels = _shown_labels(sample, answer)
                    write_view_pack(draft.folder, stem, sample, answer, regions=regions, labels=labels)
            label_map = next(iter(draft.folder.glob(f"{stem}_labels.*")), None)
            records += imaging_records(sample.source_id, self._card, answer, label_map=label_map, regions=regions)
            num_samples += 1
            num_objects += len(answer.findings or (answer.objects.boxes if answer.objects else regions))
        lines = (json.dumps(record, ensure_ascii=False, allow_nan=False) for record in records)
        draft.path(".jsonl").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        return InputReport(
            redact_url(order.source or order.location),
            "done",
            name=order.name,
            num_samples=num_samples,
            num_objects=num_objects,
        )

    def _samples(self, order: Order, draft: Draft) -> Iterator[tuple[str, Image | StoredVolume]]:
        """Yield what the input holds, each with the stem of its files; of several pictures the number is in it."""
        if self._card.reads == "volume":
            yield draft.name, open_volume(order.location)
            return
        pages = read_images(order.location)
        first, second = next(pages), next(pages, None)
        if second is None:
            yield draft.name, first
            return
        for number, page in enumerate(chain((first, second), pages), 1):
            yield f"{draft.name}_{number:04d}", page


def imaging_recipe(card: ModelCard, location: str, *, is_viewed: bool) -> Recipe:
    """Return everything that the results of an input depend on."""
    return {
        "version": RECIPE_VERSION,
        "input": _identity(location),
        "models": [{"name": card.name, "weights": card.weights_sha256, "serving": card.serving_options}],
        "products": [VIEW_SUFFIX] if is_viewed else [],
    }


def _write_answer(
    folder: Path, stem: str, sample: Image | StoredVolume, answer: ImagingAnswer, card: ModelCard
) -> Sequence[MeasuredRegion]:
    if answer.findings:
        write_findings(folder / f"{stem}_findings.csv", answer.findings)
    if isinstance(sample, StoredVolume):
        if answer.labels is None:
            return ()
        return write_volume_results(
            folder,
            stem,
            sample,
            answer.labels,
            answer.names,
            scores=answer.scores,
            dicom_model=_dicom_model(card),
        )
    if answer.objects is not None:
        return write_picture_results(folder, stem, sample, answer.objects, card.labels)
    if answer.labels is not None:
        return write_picture_labels(folder, stem, sample, answer.labels, answer.names, scores=answer.scores)
    return ()


def _shown_labels(sample: Image | StoredVolume, answer: ImagingAnswer) -> np.ndarray | None:
    """Return the label map as it was written: of objects with masks, their numbers."""
    if isinstance(sample, Image) and answer.objects is not None and answer.objects.masks:
        return instance_map(answer.objects, sample.pixels.shape[:2])
    return answer.labels


def _dicom_model(card: ModelCard) -> SegmentingModel | None:
    """Return what DICOM results say of the model; None where the extra `dicom-out` that writes them is missing."""
    if importlib.util.find_spec("highdicom") is None:
        return None
    return SegmentingModel(card.name, card.weights_sha256[:_SHOWN_VERSION])


def _identity(location: str) -> dict[str, Any]:
    """Say which bytes an input is, without reading them all."""
    path = Path(location.rpartition("#")[0] or location) if not Path(location).exists() else Path(location)
    files = [file for file in path.rglob("*") if file.is_file()] if path.is_dir() else [path]
    try:
        found = [file.stat() for file in files]
    except OSError:
        return {"place": place_of(location)}
    return {
        "place": place_of(location),
        "num_files": len(found),
        "size_bytes": sum(stat.st_size for stat in found),
        "modified_ns": max((stat.st_mtime_ns for stat in found), default=0),
    }
