"""What the classes of a network are called, read from text files with one label a line."""

from pathlib import Path

LABELS_DIRECTORY = Path(__file__).resolve().parent.parent.parent / "configs" / "labels"


def read_labels(path: Path) -> tuple[str, ...]:
    """Return the labels of a file, in the order of the classes.

    Raises:
        ValueError: the file cannot be read, is empty, or names a label twice; the message names the file.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} must be a text file with one label a line: {error}") from error
    labels = tuple(line.strip() for line in lines if line.strip())
    repeated = sorted({label for label in labels if labels.count(label) > 1})
    if not labels or repeated:
        raise ValueError(f"{path} must hold one label a line, each once; {_describe(labels, repeated)}")
    return labels


def kinetics400_labels() -> tuple[str, ...]:
    """Return the labels of Kinetics-400 in the published order: 0 abseiling, ..., 399 zumba."""
    return read_labels(LABELS_DIRECTORY / "kinetics400.txt")


def numbered_labels(num_classes: int) -> tuple[str, ...]:
    """Return "class 0", "class 1", ...: for a network whose classes nobody named."""
    return tuple(f"class {index}" for index in range(num_classes))


def _describe(labels: tuple[str, ...], repeated: list[str]) -> str:
    return f"it repeats {repeated[:5]}" if labels else "it is empty"
