"""What was found in pictures: by a model that is run, or as `vigil analyze` left it."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from app.evaluation.pictures.config import CtSlicesConfig
from models.datasets.problems import Problems
from models.detection.found import instance_layer, to_detections
from models.imaging.answer import ImagingModel, SliceOutliner
from models.imaging.finished import finish
from models.registry import build_imaging_model
from models.results import Detections
from models.samples import Image
from models.training.phases import Show, shown
from models.training.pictures.labelled import LabelledPicture
from stream.errors import StreamError
from stream.imaging.label_files import read_label_map


@dataclass(frozen=True, eq=False)
class PictureAnswer:
    """What was found in one picture."""

    labels: np.ndarray | None
    """int32, (H, W): numbers of objects or of classes; None where there are only boxes."""
    objects: Detections | None


def run_model(
    name: str,
    pictures: Sequence[LabelledPicture],
    show: Show,
    *,
    device: str,
    threads: int,
    ct_slices: CtSlicesConfig | None = None,
) -> dict[str, PictureAnswer]:
    """Return the answers of a model, by the pictures' names.

    Args:
        name: of the model.
        pictures: to read.
        show: told how far it is.
        device: auto, cpu or cuda:N.
        threads: of the CPU.
        ct_slices: how the pictures stand for slices of CT, where they do.

    Raises:
        ValueError: the model is unknown, has no weights, or reads no such pictures.
    """
    model = build_imaging_model(name, device=device, threads=threads)
    ask = _asking(model, ct_slices)
    answers = {}
    for picture in shown(pictures, show):
        answers[picture.name] = ask(picture)
    return answers


def _asking(model: ImagingModel, ct_slices: CtSlicesConfig | None) -> Callable[[LabelledPicture], PictureAnswer]:
    if ct_slices is None and model.accepts is Image:
        return partial(_answer, model)
    if ct_slices is not None and isinstance(model, SliceOutliner):
        return partial(_answer_of_slice, model, model.card.labels, ct_slices)
    wanted = "pictures" if ct_slices is None else "CT slice by slice"
    raise ValueError(f"required a model that reads {wanted}, {model.name} does not; choose another one")


def _answer(model: ImagingModel, picture: LabelledPicture) -> PictureAnswer:
    with TemporaryDirectory() as scratch:
        found = finish(model.read(Image(picture.pixels, picture.name), scratch=Path(scratch)))
    return PictureAnswer(found.labels, found.objects)


def _answer_of_slice(
    model: SliceOutliner, labels: Sequence[str], slices: CtSlicesConfig, picture: LabelledPicture
) -> PictureAnswer:
    """Return every object for average precision, and in the label map those that the model reports."""
    pixel_mm = picture.groups.get(slices.pixel_mm_column)
    if pixel_mm is None:
        raise ValueError(f"{picture.name}: data.table must give the size of its pixels in {slices.pixel_mm_column}")
    low, high = slices.window_hu
    plane = (low + picture.pixels[..., 0].astype(np.float32) * (high - low) / 255).astype(np.float32)
    planes, spacing = np.stack([plane] * 3), (float(pixel_mm), float(pixel_mm))
    reported, every = model.outline_slice(planes, spacing), model.outline_slice(planes, spacing, least_score=0)
    return PictureAnswer(instance_layer(reported, picture.size), to_detections(every, labels, picture.size))


def read_answers(
    folder: Path, pictures: Sequence[LabelledPicture], labels: Sequence[str], *, picture_ending: str
) -> dict[str, PictureAnswer]:
    """Return what NAME_labels.png and NAME_coco.json say, by the pictures' names; pictures without either are left out.

    Args:
        folder: of the results.
        pictures: of which answers are wanted.
        labels: that objects may bear.
        picture_ending: what the files of pictures had behind the names, which results may have too.

    Raises:
        ValueError: a file cannot be read, or belongs to a picture of another size; one line each.
    """
    problems, answers = Problems(), {}
    for picture in pictures:
        stems = (picture.name, f"{picture.name}{picture_ending}")
        label_map, objects = (_first(folder, stems, ending) for ending in ("_labels.png", "_coco.json"))
        if label_map is None and objects is None:
            continue
        numbers = _checked(label_map, problems, partial(_numbers, size=picture.size))
        found = _checked(objects, problems, partial(_detections, labels=labels))
        answers[picture.name] = PictureAnswer(numbers, found)
    problems.raise_if_any()
    return answers


def _first(folder: Path, stems: Sequence[str], ending: str) -> Path | None:
    """Return the file of that ending anywhere below a folder."""
    places = (place for stem in stems for place in sorted(folder.rglob(f"{stem}{ending}")))
    return next(places, None)


def _checked(path: Path | None, problems: Problems, read: Callable[[Path], Any]) -> Any:
    if path is None:
        return None
    try:
        return read(path)
    except (StreamError, ValueError, KeyError, TypeError) as error:
        problems.add(path, str(error).removeprefix(f"{path}: "))
        return None


def _numbers(path: Path, size: tuple[int, ...]) -> np.ndarray:
    labels = read_label_map(path).labels
    if labels.shape != size:
        raise ValueError(f"must be as large as its picture, {size}, got {labels.shape}")
    return labels


def _detections(path: Path, labels: Sequence[str]) -> Detections:
    record = json.loads(path.read_text(encoding="utf-8"))
    names = {one["id"]: one["name"] for one in record["categories"]}
    found = record["annotations"]
    unknown = sorted({names[one["category_id"]] for one in found} - set(labels))
    if unknown:
        raise ValueError(f"objects must bear one of the labels {', '.join(labels)}, found {', '.join(unknown)}")
    boxes = [one["bbox"] for one in found]
    return Detections(
        tuple((float(x), float(y), float(x + width), float(y + height)) for x, y, width, height in boxes),
        tuple(names[one["category_id"]] for one in found),
        tuple(float(one["score"]) for one in found),
        tuple(one["segmentation"] for one in found) if all("segmentation" in one for one in found) else (),
    )
