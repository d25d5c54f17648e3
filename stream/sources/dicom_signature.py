"""Telling a DICOM file without reading it: no pydicom in the processes that only read cameras."""

from pathlib import Path

_PREAMBLE_BYTES = 128
_SUFFIXES = frozenset({".dcm", ".dicom"})


def is_dicom(path: Path) -> bool:
    """Return whether the file claims to be DICOM, by its magic bytes or its name."""
    if not path.is_file():
        return False
    try:
        with path.open("rb") as file:
            is_marked = file.read(_PREAMBLE_BYTES + 4)[_PREAMBLE_BYTES:] == b"DICM"
    except OSError:
        return False
    return is_marked or path.suffix.lower() in _SUFFIXES
