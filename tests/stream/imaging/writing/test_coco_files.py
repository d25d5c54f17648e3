import json
from pathlib import Path

import numpy as np
import pytest

from models.imaging.run_lengths import decode_mask, encode_mask
from models.results import Detections
from stream.imaging.writing.coco_files import CocoPicture, write_coco


def test_objects_are_written_with_boxes_masks_areas_and_scores(tmp_path: Path) -> None:
    mask = np.zeros((20, 30), bool)
    mask[3:7, 10:20] = True
    mask[3, 10] = False
    found = Detections(((10.0, 3.0, 20.0, 7.0),), ("nucleus",), (0.75,), (encode_mask(mask),))
    empty = CocoPicture("b.png", 5, 6, Detections((), (), ()))
    write_coco(tmp_path / "found.json", [empty, CocoPicture("a.png", 30, 20, found)], ["cell", "nucleus"])
    record = json.loads((tmp_path / "found.json").read_text(encoding="utf-8"))
    assert [image["file_name"] for image in record["images"]] == ["b.png", "a.png"]
    assert record["categories"] == [{"id": 1, "name": "cell"}, {"id": 2, "name": "nucleus"}]
    (entry,) = record["annotations"]
    assert (entry["image_id"], entry["category_id"], entry["bbox"]) == (2, 2, [10, 3, 10, 4])
    assert (entry["area"], entry["score"], entry["iscrowd"]) == (39, 0.75, 0)
    assert np.array_equal(decode_mask(entry["segmentation"]), mask)


def test_boxes_without_masks_have_the_area_of_the_box(tmp_path: Path) -> None:
    found = Detections(((1.5, 2.0, 4.0, 8.0),), ("nodule",), (0.5,))
    write_coco(tmp_path / "found.json", [CocoPicture("a.png", 30, 20, found)], ["nodule"])
    (entry,) = json.loads((tmp_path / "found.json").read_text(encoding="utf-8"))["annotations"]
    assert entry["area"] == 15
    assert "segmentation" not in entry


def test_an_object_with_an_unknown_label_is_refused(tmp_path: Path) -> None:
    found = Detections(((1.0, 2.0, 4.0, 8.0),), ("cyst",), (0.5,))
    with pytest.raises(ValueError, match=r"must be among \['nodule'\], got \['cyst'\]"):
        write_coco(tmp_path / "found.json", [CocoPicture("a.png", 30, 20, found)], ["nodule"])
    assert not list(tmp_path.iterdir())
