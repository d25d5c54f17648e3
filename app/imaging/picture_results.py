"""The files that the objects of a picture become: a label map, an overlay, a table, COCO."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from app.pictures.canvas import Canvas
from app.pictures.overlay import overlay
from models.imaging.region_measures import MeasuredRegion, measure_picture_regions
from models.imaging.run_lengths import decode_mask
from models.results import Detections
from models.samples import Image
from stream.imaging.writing.coco_files import CocoPicture, write_coco
from stream.imaging.writing.label_maps import write_label_picture
from stream.imaging.writing.measurement_table import write_measurements


def write_picture_results(
    folder: Path, stem: str, picture: Image, found: Detections, labels: Sequence[str]
) -> list[MeasuredRegion]:
    """Write `<stem>_labels.png`, `<stem>_overlay.png`, `<stem>_measurements.csv` and `<stem>_coco.json`.

    Args:
        folder: where to.
        stem: of all names.
        picture: that was read.
        found: objects with masks; numbered in the map from 1 in this order.
        labels: all that the model knows.

    Returns:
        What was measured of each object.

    Raises:
        ValueError: an object has no mask, a mask another size than the picture, or a label is not among `labels`.
        StreamError: a file cannot be written.
    """
    instances = instance_map(found, picture.pixels.shape[:2])
    names = dict(enumerate(found.labels, 1))
    regions = [
        MeasuredRegion(region.number, region.label, region.measurements, found.scores[region.number - 1])
        for region in measure_picture_regions(instances, names, spacing_mm=picture.spacing_mm)
    ]
    height, width = instances.shape
    write_coco(folder / f"{stem}_coco.json", [CocoPicture(Path(picture.source_id).name, width, height, found)], labels)
    write_label_picture(folder / f"{stem}_labels.png", instances)
    Canvas.over(overlay(picture.rgb8(), instances)).save(folder / f"{stem}_overlay.png")
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
