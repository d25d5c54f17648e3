"""Reads labelled pictures and volumes from disk, in every layout that `vigil train` takes."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from models.datasets.coco import CocoImage, read_coco
from models.datasets.problems import Problems
from models.datasets.table import read_table
from models.imaging.unit_range import unit_range
from models.imaging.volume_part import Part, part_of_volume, slices_of_part
from models.training.phases import Show, shown
from models.training.pictures.config import PairConfig, PictureDataConfig
from models.training.pictures.labelled import UNKNOWN, LabelledPicture, marked_classes, marked_instances
from stream.errors import StreamError
from stream.imaging.label_files import read_label_map
from stream.imaging.opening import open_volume, read_images

PICTURE_SUFFIXES = (".png", ".jpg", ".jpeg", ".tif", ".tiff")
LABEL_SUFFIXES = (".png", ".tif", ".tiff")
VOLUME_SUFFIXES = (".nii.gz", ".nii", ".mhd", ".mha", ".nrrd")
UNIT_SPACING = (1.0, 1.0, 1.0)
"""Of volumes whose files do not tell it: what is learned here does not depend on it."""
Read = Callable[[], LabelledPicture]


def read_labelled(
    data: PictureDataConfig,
    labels: Sequence[str],
    show: Show,
    *,
    has_classes: bool = False,
    unknown: int | None = None,
    is_of_volumes: bool = False,
) -> list[LabelledPicture]:
    """Return the pictures of a data set, in the order of their names.

    Args:
        data: where they are and how their labels are written.
        labels: what there is beside the background.
        show: told how far it is.
        has_classes: the numbers of label maps are classes; else each is an object of its own.
        unknown: number of what nobody labelled.
        is_of_volumes: what is read are volumes.

    Raises:
        ValueError: something is wrong with the data set; one line each, naming the file.
    """
    if not has_classes and data.layout != "coco" and len(labels) != 1:
        raise ValueError(f"label maps whose numbers are objects have objects of one class, got the labels {labels}")
    known = range(1, len(labels) + 1) if has_classes else None
    numbers = _Numbers(known, unknown)
    entries = list(_entries(data, labels, numbers, is_of_volumes))
    if not entries:
        raise ValueError(f"{data.pictures or data.layout}: at least one labelled picture is required, found none")
    groups = _groups(data)
    problems, found = Problems(), []
    for name, place, read in shown(entries, show):
        try:
            picture = read()
            found.append(replace(picture, groups=groups.get(name, {})))
        except (StreamError, ValueError) as error:
            problems.add(place, str(error).removeprefix(f"{place}: "))
    problems.raise_if_any()
    return found


class _Numbers:
    """What the numbers of label maps mean."""

    def __init__(self, known: Sequence[int] | None, unknown: int | None) -> None:
        self._known, self._unknown = known, unknown

    def read(self, name: str, pixels: np.ndarray, location: str | Path, part: Part | None = None) -> LabelledPicture:
        """Return a picture with the label map of a file, or with a part of it."""
        known = None if self._known is None else [*self._known, *([] if self._unknown is None else [self._unknown])]
        labels = read_label_map(location, known=known, spacing_mm=UNIT_SPACING).labels
        labels = labels[slices_of_part(part, labels.shape)] if part else labels
        if labels.shape != pixels.shape[:-1]:
            raise ValueError(
                f"{location}: labels must be as large as the picture, {pixels.shape[:-1]}, found {labels.shape}"
            )
        if self._known is None:
            return marked_instances(name, pixels, labels)
        return marked_classes(name, pixels, np.where(labels == self._unknown, UNKNOWN, labels).astype(np.int64))


def _entries(
    data: PictureDataConfig, labels: Sequence[str], numbers: _Numbers, is_of_volumes: bool
) -> Iterator[tuple[str, Path, Read]]:
    """Yield the name of each picture, the file to blame, and what reads it."""
    if data.layout == "coco" and data.annotations and data.pictures:
        for image in read_coco(data.annotations, labels):
            path = data.pictures / image.file_name
            yield Path(image.file_name).stem, path, _CocoReader(image, path, labels)
    elif data.layout == "masks" and data.pictures:
        for folder in sorted(path for path in data.pictures.iterdir() if (path / "masks").is_dir()):
            yield folder.name, folder, _MaskFolder(folder)
    else:
        pixels_of = _volume_pixels if is_of_volumes else _picture_pixels
        for name, pair in paired_files(data, is_of_volumes=is_of_volumes):
            yield name, pair.picture, _Pair(name, pair, numbers, pixels_of)


def paired_files(data: PictureDataConfig, *, is_of_volumes: bool) -> Iterator[tuple[str, PairConfig]]:
    """Yield the name of each picture, or volume, with its label map: of the layouts `pairs` and `label_maps`.

    Raises:
        ValueError: a picture has no label map; one line each.
    """
    if data.layout == "pairs":
        for pair in data.pairs:
            ranges = ", ".join(f"{low}:{high}" for low, high in pair.part or ())
            yield f"{pair.picture.name}[{ranges}]" if ranges else pair.picture.name, pair
    elif data.pictures:
        suffixes = (VOLUME_SUFFIXES, VOLUME_SUFFIXES) if is_of_volumes else (PICTURE_SUFFIXES, LABEL_SUFFIXES)
        yield from _beside_each_other(data.pictures, data, *suffixes)


def _beside_each_other(
    folder: Path, data: PictureDataConfig, suffixes: Sequence[str], label_suffixes: Sequence[str]
) -> Iterator[tuple[str, PairConfig]]:
    """Yield name, picture and label map of each picture of a folder, where they lie together also of those in it."""
    ending = data.picture_ending if data.annotations is None else ""
    problems = Problems()
    for path in sorted(folder.glob("*" if data.annotations else "**/*")):
        place = data.annotations or path.parent
        suffix = next((one for one in suffixes if path.name.lower().endswith(one)), None)
        stem = path.name[: -len(suffix)] if suffix else ""
        if not stem.endswith(ending) or (data.annotations is None and stem.endswith(data.label_ending)) or not stem:
            continue
        name = stem.removesuffix(ending) if ending else stem
        stems = dict.fromkeys((f"{name}{data.label_ending}", *((name,) if data.annotations else ())))
        maps = (place / f"{one}{end}" for one in stems for end in label_suffixes)
        label_map = next((one for one in maps if one.is_file()), None)
        if label_map is None:
            wanted = place / f"{name}{data.label_ending}{label_suffixes[0]}"
            problems.add(path, f"required its label map {wanted}, found none")
        else:
            yield name, PairConfig(picture=path, labels=label_map)
    problems.raise_if_any()


class _Pair:
    def __init__(
        self, name: str, pair: PairConfig, numbers: _Numbers, pixels_of: Callable[[Path, Part | None], np.ndarray]
    ) -> None:
        self._name, self._pair, self._numbers, self._pixels_of = name, pair, numbers, pixels_of

    def __call__(self) -> LabelledPicture:
        pixels = self._pixels_of(self._pair.picture, self._pair.part)
        return self._numbers.read(self._name, pixels, self._pair.labels, self._pair.part)


class _MaskFolder:
    """A folder of the Data Science Bowl 2018: images/NAME.png, and masks/*.png with one object each."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __call__(self) -> LabelledPicture:
        pictures = [path for path in sorted((self._folder / "images").glob("*")) if path.suffix in PICTURE_SUFFIXES]
        if len(pictures) != 1:
            raise ValueError(f"{self._folder / 'images'}: one picture is required, found {len(pictures)}")
        pixels = _picture_pixels(pictures[0])
        instances = np.zeros(pixels.shape[:2], np.int32)
        for number, path in enumerate(sorted((self._folder / "masks").glob("*.png")), start=1):
            mask = read_label_map(path).labels > 0
            if mask.shape != instances.shape:
                raise ValueError(
                    f"{path}: a mask must be as large as the picture, {instances.shape}, found {mask.shape}"
                )
            instances[mask] = number
        return marked_instances(self._folder.name, pixels, instances)


class _CocoReader:
    def __init__(self, image: CocoImage, path: Path, labels: Sequence[str]) -> None:
        self._image, self._path, self._labels = image, path, list(labels)

    def __call__(self) -> LabelledPicture:
        pixels = _picture_pixels(self._path)
        if pixels.shape[:2] != self._image.size:
            raise ValueError(
                f"{self._path}: {self._image.place} says {self._image.size} (height, width), found {pixels.shape[:2]}"
            )
        layers, classes = [np.zeros(self._image.size, np.int32)], [0]
        for number, one in enumerate(self._image.objects, start=1):
            try:
                mask = one.mask(self._image.size)
            except ValueError as error:
                raise ValueError(f"{one.place}: {error}") from error
            free = next((layer for layer in layers if not layer[mask].any()), None)
            if free is None:
                layers.append(free := np.zeros_like(layers[0]))
            free[mask] = number
            classes.append(UNKNOWN if one.is_crowd else 1 + self._labels.index(one.label))
        return LabelledPicture(
            Path(self._image.file_name).stem,
            pixels,
            np.stack(layers),
            np.array(classes, np.int64),
            has_outlines=all(one.segmentation for one in self._image.objects),
        )


def _picture_pixels(path: Path, part: Part | None = None) -> np.ndarray:
    images = list(read_images(path))
    if len(images) != 1:
        raise ValueError(f"{path}: one picture is required, found {len(images)} pages")
    pixels = np.array(images[0].rgb8())
    return pixels[slices_of_part(part, pixels.shape[:2])] if part else pixels


def _volume_pixels(path: Path, part: Part | None = None) -> np.ndarray:
    """Return a volume as float32 in 0..1, (D, H, W, C)."""
    volume = open_volume(path, spacing_mm=UNIT_SPACING)
    voxels = (part_of_volume(volume, part) if part else volume).load().voxels
    return np.ascontiguousarray(np.moveaxis(unit_range(voxels), 0, -1))


def _groups(data: PictureDataConfig) -> dict[str, dict[str, str]]:
    if data.table is None:
        return {}
    rows = read_table(data.table, required=("id",))
    return {row["id"]: {name: value for name, value in row.values.items() if name != "id"} for row in rows}
