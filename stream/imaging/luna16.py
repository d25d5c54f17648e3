"""Writes scans with known nodules in the layout of LUNA16: subset0/<name>.mhd and .raw, and the tables beside it."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Protocol

from models.datasets.luna16 import ANNOTATIONS, table_text
from models.samples import Volume
from models.whole_file import whole_file
from stream.errors import StreamError
from stream.imaging.writing.metaimage_files import write_metaimage

_SUBSET = "subset0"


class KnownNodule(Protocol):
    """A nodule, wherever it was found or made."""

    @property
    def centre_mm(self) -> tuple[float, float, float]: ...
    @property
    def diameter_mm(self) -> float: ...


class KnownNodules(Protocol):
    """What is known of a scan."""

    @property
    def nodules(self) -> Sequence[KnownNodule]: ...


class KnownScan(Protocol):
    """A scan of which all nodules are known."""

    @property
    def volume(self) -> Volume: ...
    @property
    def truth(self) -> KnownNodules: ...


def write_luna16(folder: Path, scans: Iterable[tuple[str, KnownScan]]) -> None:
    """Write scans, one at a time, and at the end annotations.csv and seriesuids.csv.

    Args:
        folder: is made when missing.
        scans: each with its name.

    Raises:
        StreamError: a file cannot be written.
    """
    rows: list[tuple[object, ...]] = []
    names: list[tuple[str]] = []
    try:
        (folder / _SUBSET).mkdir(parents=True, exist_ok=True)
        for name, scan in scans:
            write_metaimage(folder / _SUBSET / f"{name}.mhd", scan.volume)
            rows += [(name, *nodule.centre_mm, nodule.diameter_mm) for nodule in scan.truth.nodules]
            names.append((name,))
        _write(folder / ANNOTATIONS, table_text(("seriesuid", "coordX", "coordY", "coordZ", "diameter_mm"), rows))
        _write(folder / "seriesuids.csv", table_text(("seriesuid",), names))
    except OSError as error:
        raise StreamError(f"the scans cannot be written to {folder}: {error}") from error


def _write(path: Path, text: str) -> None:
    with whole_file(path) as draft:
        draft.write_text(text, encoding="utf-8")
