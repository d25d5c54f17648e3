"""The layouts of data sets that training and evaluation read, by name."""

from collections.abc import Callable
from pathlib import Path

from models.datasets.folder_per_class import read_folder_per_class
from models.datasets.kinetics import read_kinetics
from models.datasets.labelled_video import LabelledVideo

Layout = Callable[[Path, Path | None], list[LabelledVideo]]
"""Reads a data set from the folder of its videos and the file or folder of its annotations; decodes no video.

Raises ValueError with one line for each thing that is wrong, naming file and line.
"""

LAYOUTS: dict[str, Layout] = {
    "folder_per_class": read_folder_per_class,
    "kinetics": read_kinetics,
}


def read_data_set(layout: str, videos: Path, annotations: Path | None = None) -> list[LabelledVideo]:
    """Return the videos of a data set with what is said of them.

    Raises:
        ValueError: the layout is unknown, or something is wrong with the data set; one line each.
    """
    if layout not in LAYOUTS:
        raise ValueError(f"data.layout must be one of {', '.join(LAYOUTS)}, got {layout!r}")
    return LAYOUTS[layout](videos, annotations)
