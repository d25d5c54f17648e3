"""The layouts of data sets that training and evaluation read, by name."""

from collections.abc import Callable
from pathlib import Path

from models.datasets.boris import read_boris
from models.datasets.cholec80 import read_cholec80, read_cholec80_tools
from models.datasets.echonet import read_echonet
from models.datasets.elan import read_elan
from models.datasets.folder_per_class import read_folder_per_class
from models.datasets.kinetics import read_kinetics
from models.datasets.labelled_video import LabelledVideo
from models.datasets.segments import read_segments
from models.datasets.simulated import read_simulated

Layout = Callable[[Path, Path | None], list[LabelledVideo]]
"""Reads a data set from the folder of its videos and the file or folder of its annotations; decodes no video.

Raises ValueError with one line for each thing that is wrong, naming file and line.
"""

LAYOUTS: dict[str, Layout] = {
    "boris": read_boris,
    "cholec80": read_cholec80,
    "cholec80_tools": read_cholec80_tools,
    "echonet": read_echonet,
    "elan": read_elan,
    "folder_per_class": read_folder_per_class,
    "kinetics": read_kinetics,
    "segments": read_segments,
    "simulated": read_simulated,
}


def read_data_set(layout: str, videos: Path, annotations: Path | None = None) -> list[LabelledVideo]:
    """Return the videos of a data set with what is said of them.

    Raises:
        ValueError: the layout is unknown, or something is wrong with the data set; one line each.
    """
    if layout not in LAYOUTS:
        raise ValueError(f"data.layout must be one of {', '.join(LAYOUTS)}, got {layout!r}")
    return LAYOUTS[layout](videos, annotations)
