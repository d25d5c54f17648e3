import csv
from pathlib import Path

from models.imaging.region_measures import MeasuredRegion
from models.results import Measurement
from stream.imaging.writing.measurement_table import write_measurements


def test_each_column_names_its_unit_and_each_row_a_region(tmp_path: Path) -> None:
    nodule = MeasuredRegion(
        3, "nodule, solid", (Measurement("volume", 523.59878, "mm3"), Measurement("mean", -50, "HU")), 0.9
    )
    lesion = MeasuredRegion(1, "lesion", (Measurement("volume", 10, "mm3"), Measurement("voxels", 4, "count")))
    write_measurements(tmp_path / "table.csv", [("ct", nodule), ("pet", lesion)])
    with (tmp_path / "table.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows == [
        {
            "source": "ct",
            "object": "3",
            "label": "nodule, solid",
            "score": "0.9000",
            "volume_mm3": "523.599",
            "mean_HU": "-50",
            "voxels": "",
        },
        {
            "source": "pet",
            "object": "1",
            "label": "lesion",
            "score": "",
            "volume_mm3": "10",
            "mean_HU": "",
            "voxels": "4",
        },
    ]


def test_a_table_without_regions_has_its_head(tmp_path: Path) -> None:
    write_measurements(tmp_path / "table.csv", [])
    assert (tmp_path / "table.csv").read_text(encoding="utf-8").strip() == "source,object,label,score"
