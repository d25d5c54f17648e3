"""What data sets of pictures may look like, and what is said of those that are wrong."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import h5py
import numpy as np
import pytest

from app.training.picture_reading import read_labelled
from models.training.pictures.config import PairConfig, PictureDataConfig
from models.training.pictures.labelled import UNKNOWN, LabelledPicture
from tests.app.training.made_pictures import disc_picture, write_coco_pictures, write_label_maps, write_mask_folders


def read(
    layout: str, *, labels: tuple[str, ...] = ("disc",), has_classes: bool = False, **places: Any
) -> list[LabelledPicture]:
    unknown, of_volumes = places.pop("unknown", None), places.pop("is_of_volumes", False)
    data = PictureDataConfig(layout=layout, **places)  # type: ignore[arg-type]
    return read_labelled(
        data, labels, lambda *_: None, has_classes=has_classes, unknown=unknown, is_of_volumes=of_volumes
    )


def test_every_layout_gives_the_same_objects(tmp_path: Path) -> None:
    write_label_maps(tmp_path / "maps", 2)
    write_mask_folders(tmp_path / "bowl", 2)
    annotations = write_coco_pictures(tmp_path / "coco", 2)
    found = [
        read("label_maps", pictures=tmp_path / "maps"),
        read("masks", pictures=tmp_path / "bowl"),
        read("coco", pictures=tmp_path / "coco", annotations=annotations),
    ]
    for pictures in found:
        assert [picture.name for picture in pictures] == ["p0", "p1"]
        for seed, picture in enumerate(pictures):
            pixels, instances = disc_picture(seed)
            assert np.array_equal(picture.pixels, pixels)
            assert np.array_equal(picture.layers[0], instances)
            assert picture.classes.tolist() == [0, 1, 1, 1]


def test_outlines_may_be_polygons_and_may_overlap(tmp_path: Path) -> None:
    path = write_coco_pictures(tmp_path, 1)
    record = json.loads(path.read_text())
    for one, left in zip(record["annotations"], (4, 10, 40), strict=True):
        one |= {"bbox": [left, 4, 12, 12], "segmentation": [[left, 4, left + 12, 4, left + 12, 16, left, 16]]}
    record["annotations"][2]["iscrowd"] = 1
    path.write_text(json.dumps(record))
    picture = read("coco", pictures=tmp_path, annotations=path)[0]
    assert picture.layers.shape == (2, 64, 64)
    objects = picture.objects()
    assert objects.boxes.tolist() == [[4, 4, 16, 16], [10, 4, 22, 16]]
    assert objects.masks.sum((1, 2)).tolist() == [144, 144]
    assert picture.class_map[8, 45] == UNKNOWN


def test_classes_unknown_pixels_and_groups_are_read(tmp_path: Path) -> None:
    write_label_maps(tmp_path, 1, classes=True)
    labels = np.zeros((64, 64), np.uint8)
    labels[:4], labels[-4:] = 2, 255
    cv2.imwrite(str(tmp_path / "p0_labels.png"), labels)
    (tmp_path / "table.csv").write_text("id,look\np0,dark\n")
    picture = read(
        "label_maps",
        pictures=tmp_path,
        labels=("disc", "rim"),
        has_classes=True,
        unknown=255,
        table=tmp_path / "table.csv",
    )[0]
    assert picture.groups == {"look": "dark"}
    assert np.unique(picture.class_map).tolist() == [UNKNOWN, 0, 2]


def test_volumes_are_read_by_pairs(tmp_path: Path) -> None:
    voxels = np.random.default_rng(0).integers(0, 2000, (5, 8, 9)).astype(np.uint16)
    with h5py.File(tmp_path / "scan.h5", "w") as file:
        file["raw"], file["label"] = voxels, (voxels > 1500).astype(np.uint8) * 3
    pair = PairConfig(picture=tmp_path / "scan.h5#raw", labels=tmp_path / "scan.h5#label")
    volume = read("pairs", pairs=(pair,), is_of_volumes=True)[0]
    assert volume.pixels.shape == (5, 8, 9, 1)
    assert (volume.pixels.min(), volume.pixels.max()) == (0, 1)
    assert len(volume.objects().classes) == 1


def without_label_map(folder: Path) -> None:
    (folder / "p0_labels.png").unlink()


def smaller_label_map(folder: Path) -> None:
    cv2.imwrite(str(folder / "p0_labels.png"), np.zeros((9, 9), np.uint8))


def cut_off_picture(folder: Path) -> None:
    path = folder / "p0_img.png"
    path.write_bytes(path.read_bytes()[:200])


def unknown_class(folder: Path) -> None:
    cv2.imwrite(str(folder / "p0_labels.png"), np.full((64, 64), 7, np.uint8))


@pytest.mark.parametrize(
    ("spoil", "complaint"),
    [
        (without_label_map, r"p0_img\.png: required its label map .*p0_labels\.png, found none"),
        (smaller_label_map, r"p0_img\.png: .*labels must be as large as the picture, \(64, 64\), found \(9, 9\)"),
        (cut_off_picture, r"p0_img\.png: .*required a whole PNG"),
        (unknown_class, r"p0_img\.png: .*required the labels \[0, 1\], found also 7"),
    ],
)
def test_what_is_wrong_with_a_folder_is_named(tmp_path: Path, spoil: Callable[[Path], None], complaint: str) -> None:
    write_label_maps(tmp_path, 2, classes=True)
    spoil(tmp_path)
    with pytest.raises(ValueError, match=complaint):
        read("label_maps", pictures=tmp_path, has_classes=True)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"category_id": 9}, r"annotations\[0\]: must name an image_id and a category_id"),
        ({"bbox": [60, 60, 20, 20]}, r"annotations\[0\]: bbox .* must have an extent and lie in p0\.png, 64x64"),
        ({"bbox": [1, 2]}, r"annotations\[0\]: bbox must be x, y, width and height"),
        ({"segmentation": [[1, 2, 3, 4]]}, r"annotations\[0\]: a polygon must be x, y of at least three corners"),
        ({"segmentation": [[1, 2, 90, 4, 5, 6]]}, r"annotations\[0\]: a polygon must lie in the picture of 64x64"),
        ({"segmentation": {"size": [9, 9], "counts": [81]}}, r"run lengths must be of the picture's size \[64, 64\]"),
        ({"segmentation": {"size": [64, 64], "counts": [80]}}, r"run lengths must fill 64x64 pixels, got 80"),
    ],
)
def test_what_is_wrong_with_a_coco_file_is_named(tmp_path: Path, change: dict[str, Any], complaint: str) -> None:
    path = write_coco_pictures(tmp_path, 1)
    record = json.loads(path.read_text())
    record["annotations"][0] |= change
    path.write_text(json.dumps(record))
    with pytest.raises(ValueError, match=complaint):
        read("coco", pictures=tmp_path, annotations=path)


def test_missing_pictures_unknown_classes_and_broken_json_are_named(tmp_path: Path) -> None:
    path = write_coco_pictures(tmp_path, 2)
    with pytest.raises(ValueError, match="knows the classes disc, the configuration's labels do not"):
        read("coco", pictures=tmp_path, annotations=path, labels=("cell",))
    (tmp_path / "p1.png").unlink()
    with pytest.raises(ValueError, match=r"p1\.png: required a picture or a volume, found no file"):
        read("coco", pictures=tmp_path, annotations=path)
    path.write_text('{"images": [\n oops')
    with pytest.raises(ValueError, match=r"annotations\.json:2: must be JSON"):
        read("coco", pictures=tmp_path, annotations=path)


def test_an_empty_folder_and_a_layout_without_its_places_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at least one labelled picture is required, found none"):
        read("label_maps", pictures=tmp_path)
    with pytest.raises(ValueError, match="the layout coco needs pictures and annotations"):
        read("coco", pictures=tmp_path)
