"""The files that the answer about a picture becomes: a label map, an overlay, a table, COCO."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from app.pictures.canvas import Canvas
from app.pictures.overlay import label_colour, overlay
from models.imaging.region_measures import MeasuredRegion, measure_picture_regions
from models.imaging.run_lengths import decode_mask
from models.results import Detections
from models.samples import Image
from stream.imaging.writing.coco_files import CocoPicture, write_coco
from stream.imaging.writing.label_maps import write_label_picture
from stream.imaging.writing.measurement_table import write_measurements

_BOX_THICKNESS = 2


def write_picture_results(
    folder: Path, stem: str, picture: Image, found: Detections, labels: Sequence[str]
) -> list[MeasuredRegion]:
    """Write objects: those files that `write_picture_labels` writes, and `<stem>_coco.json`.

    Objects without masks give the COCO file and an overlay of boxes only.

    Args:
        folder: where to.
        stem: of all names.
        picture: that was read.
        found: objects; numbered in the map from 1 in this order.
        labels: all that the model knows.

    Returns:
        What was measured of each object with a mask.

    Raises:
        ValueError: some objects have masks and some have none, a mask has another size than the picture, or a label is
            not among `labels`.
        StreamError: a file cannot be written.
    """
    height, width = picture.pixels.shape[:2]
    of_picture = CocoPicture(Path(picture.source_id).name, width, height, found)
    if found.boxes and not found.masks:
        write_coco(folder / f"{stem}_coco.json", [of_picture], labels)
        _draw_boxes(picture, found).save(folder / f"{stem}_overlay.png")
        return []
    instances = instance_map(found, (height, width))
    write_coco(folder / f"{stem}_coco.json", [of_picture], labels)
    names, scores = dict(enumerate(found.labels, 1)), dict(enumerate(found.scores, 1))
    return write_picture_labels(folder, stem, picture, instances, names, scores=scores)


def write_picture_labels(
    folder: Path,
    stem: str,
    picture: Image,
    labels: np.ndarray,
    names: Mapping[int, str],
    *,
    scores: Mapping[int, float] | None = None,
) -> list[MeasuredRegion]:
    """Write `<stem>_labels.png`, `<stem>_overlay.png` and `<stem>_measurements.csv`.

    Args:
        folder: where to.
        stem: of all names.
        picture: that was read.
        labels: whole numbers, 0 for the background, shape (H, W).
        names: what each number stands for.
        scores: of the model, for numbers that have one.

    Returns:
        What was measured of each region.

    Raises:
        ValueError: the labels are not of the picture's size.
        StreamError: a file cannot be written.
    """
    shown = overlay(picture.rgb8(), labels)
    regions = [
        MeasuredRegion(region.number, region.label, region.measurements, (scores or {}).get(region.number))
        for region in measure_picture_regions(labels, names, spacing_mm=picture.spacing_mm)
    ]
    write_label_picture(folder / f"{stem}_labels.png", labels)
    Canvas.over(shown).save(folder / f"{stem}_overlay.png")
    write_measurements(folder / f"{stem}_measurements.csv", [(picture.source_id, region) for region in regions])
    return regions


def instance_map(found: Detections, size: tuple[int, ...]) -> np.ndarray:
    """Return the objects as numbers from 1; where masks overlap, the one with the higher score has the pixel.

    Args:
        found: objects with masks.
        size: height and width.

    Returns:
        int32, shape (H, W).

    Raises:
        ValueError: an object has no mask, or one of another size.
    """
    if len(found.masks) != len(found.boxes):
        raise ValueError(f"required a mask for each of {len(found.boxes)} objects, got {len(found.masks)}")
    instances = np.zeros(size, np.int32)
    for index in sorted(range(len(found.masks)), key=lambda index: found.scores[index]):
        mask = decode_mask(found.masks[index])
        if mask.shape != tuple(size):
            raise ValueError(f"required masks of {tuple(size)} pixels as the picture's, got {mask.shape}")
        instances[mask] = index + 1
    return instances


def _draw_boxes(picture: Image, found: Detections) -> Canvas:
    canvas = Canvas.over(picture.rgb8())
    for number, (left, top, right, bottom) in enumerate(found.boxes, 1):
        corners = np.array([(left, top), (right, top), (right, bottom), (left, bottom), (left, top)], np.float64)
        canvas.line(corners, label_colour(number), thickness=_BOX_THICKNESS)
    return canvas
