"""Reads pairs of label maps, true and found: pictures (PNG) whose pixels are the numbers of classes."""

from collections.abc import Mapping
from pathlib import Path

import cv2
import numpy as np

from models.datasets.problems import Problems
from models.evaluation.overlap import OverlapCounts, count_overlap

FOUND_NAMES = ("{stem}_labels.png", "{stem}.png")
"""What the found map of a picture may be called: as `vigil analyze` writes it, or like the true one."""


def read_overlaps(
    truth: Path, found: Path, labels: Mapping[str, int]
) -> tuple[dict[str, dict[str, OverlapCounts]], list[str]]:
    """Compare every true label map of a folder with the found one.

    Args:
        truth: folder of NAME.png; a name may end in _labels.
        found: folder of NAME_labels.png or NAME.png.
        labels: what each number of a pixel is called.

    Returns:
        The overlap of every label by picture, and the names of pictures for which nothing was found.

    Raises:
        ValueError: there is no map, one cannot be read or holds an unknown number, or two differ in size; a line each.
    """
    problems, overlaps, missing = Problems(), dict[str, dict[str, OverlapCounts]](), list[str]()
    paths = sorted(truth.glob("*.png"))
    if not paths:
        raise ValueError(f"{truth}: label maps (NAME.png) are required, found none")
    for path in paths:
        stem = path.stem.removesuffix("_labels")
        answer = next((place for name in FOUND_NAMES if (place := found / name.format(stem=stem)).is_file()), None)
        if answer is None:
            missing.append(stem)
            continue
        maps = [_read(place, set(labels.values()), problems) for place in (path, answer)]
        if maps[0] is None or maps[1] is None:
            continue
        if maps[0].shape != maps[1].shape:
            problems.add(answer, f"must be as large as {path.name}, {maps[0].shape}, got {maps[1].shape}")
            continue
        overlaps[stem] = {name: count_overlap(maps[0] == value, maps[1] == value) for name, value in labels.items()}
    problems.raise_if_any()
    if not overlaps:
        raise ValueError(
            f"{found}: a found map for any of the {len(paths)} pictures of {truth} is required, found none"
        )
    return overlaps, missing


def _read(path: Path, known: set[int], problems: Problems) -> np.ndarray | None:
    pixels = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    if pixels is None or pixels.ndim != 2:
        problems.add(path, "must be a PNG with one channel, whose pixels are numbers of classes")
        return None
    unknown = sorted(set(np.unique(pixels).tolist()) - known - {0})
    if unknown:
        problems.add(path, f"holds the numbers {', '.join(map(str, unknown[:8]))}, which masks.labels does not name")
        return None
    return np.asarray(pixels)
