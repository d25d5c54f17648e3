"""Reads labelled pictures and volumes from disk, in every layout that `vigil train` takes."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from models.datasets.coco import CocoImage, read_coco
from models.datasets.problems import Problems
from models.datasets.table import read_table
from models.imaging.unit_range import unit_range
from models.training.phases import Show
from models.training.pictures.config import PictureDataConfig
from models.training.pictures.labelled import UNKNOWN, LabelledPicture, marked_classes, marked_instances
from stream.errors import StreamError
from stream.imaging.label_files import read_label_map
from stream.imaging.opening import open_volume, read_images

PICTURE_SUFFIXES = (".png", ".jpg", ".jpeg", ".tif", ".tiff")
LABEL_SUFFIXES = (".png", ".tif", ".tiff")
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
    for done, (name, place, read) in enumerate(entries, start=1):
        try:
            picture = read()
            found.append(replace(picture, groups=groups.get(name, {})))
        except (StreamError, ValueError) as error:
            problems.add(place, str(error).removeprefix(f"{place}: "))
        show(done, len(entries))
    problems.raise_if_any()
    return found


class _Numbers:
    """What the numbers of label maps mean."""

    def __init__(self, known: Sequence[int] | None, unknown: int | None) -> None:
        self._known, self._unknown = known, unknown

    def read(self, name: str, pixels: np.ndarray, location: str | Path) -> LabelledPicture:
        """Return a picture with the label map of a file."""
        known = None if self._known is None else [*self._known, *([] if self._unknown is None else [self._unknown])]
        labels = read_label_map(location, known=known, spacing_mm=UNIT_SPACING).labels
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
    pixels_of = _volume_pixels if is_of_volumes else _picture_pixels
    if data.layout == "coco" and data.annotations and data.pictures:
        for image in read_coco(data.annotations, labels):
            path = data.pictures / image.file_name
            yield Path(image.file_name).stem, path, _CocoReader(image, path, labels)
    elif data.layout == "masks" and data.pictures:
        for folder in sorted(path for path in data.pictures.iterdir() if (path / "masks").is_dir()):
            yield folder.name, folder, _MaskFolder(folder)
    elif data.layout == "pairs":
        for pair in data.pairs:
            yield (
                pair.picture.name,
                pair.picture,
                _Pair(pair.picture.name, pair.picture, pair.labels, numbers, pixels_of),
            )
    elif data.pictures:
        for name, picture, place in _beside_each_other(data.pictures, data):
            yield name, picture, _Pair(name, picture, place, numbers, pixels_of)


def _beside_each_other(folder: Path, data: PictureDataConfig) -> Iterator[tuple[str, Path, Path]]:
    """Yield name, picture and label map of each picture of a folder."""
    ending = data.picture_ending if data.annotations is None else ""
    place = data.annotations or folder
    problems = Problems()
    for path in sorted(folder.iterdir() if folder.is_dir() else ()):
        if path.suffix.lower() not in PICTURE_SUFFIXES or not path.stem.endswith(ending):
            continue
        name = path.stem.removesuffix(ending) if ending else path.stem
        stems = dict.fromkeys((f"{name}{data.label_ending}", *((name,) if data.annotations else ())))
        maps = (place / f"{stem}{suffix}" for stem in stems for suffix in LABEL_SUFFIXES)
        label_map = next((one for one in maps if one.is_file()), None)
        if label_map is None:
            problems.add(path, f"required its label map {place / f'{name}{data.label_ending}.png'}, found none")
        else:
            yield name, path, label_map
    problems.raise_if_any()


class _Pair:
    def __init__(
        self, name: str, picture: Path, labels: Path, numbers: _Numbers, pixels_of: Callable[[Path], np.ndarray]
    ) -> None:
        self._name, self._picture, self._labels = name, picture, labels
        self._numbers, self._pixels_of = numbers, pixels_of

    def __call__(self) -> LabelledPicture:
        return self._numbers.read(self._name, self._pixels_of(self._picture), self._labels)


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


def _picture_pixels(path: Path) -> np.ndarray:
    images = list(read_images(path))
    if len(images) != 1:
        raise ValueError(f"{path}: one picture is required, found {len(images)} pages")
    return np.array(images[0].rgb8())


def _volume_pixels(path: Path) -> np.ndarray:
    """Return a volume as float32 in 0..1, (D, H, W, C)."""
    voxels = open_volume(path, spacing_mm=UNIT_SPACING).load().voxels
    return np.ascontiguousarray(np.moveaxis(unit_range(voxels), 0, -1))


def _groups(data: PictureDataConfig) -> dict[str, dict[str, str]]:
    if data.table is None:
        return {}
    rows = read_table(data.table, required=("id",))
    return {row["id"]: {name: value for name, value in row.values.items() if name != "id"} for row in rows}
