"""Frames, their true motion and what each method makes of it, side by side."""

from pathlib import Path

import cv2
import numpy as np

from app.bench.flow import HEIGHT, SCENES, WIDTH, known_pairs
from app.pictures.canvas import Canvas
from models.flow.methods import FLOW_METHODS, flow_measure
from models.flow.pictures import colour_flow

_GAP, _TITLE_HEIGHT = 6, 30
_LEAST_FULL_COLOUR_PIXELS = 1.0


def draw_flow_comparison(path: Path, *, seed: int, device: str = "cpu") -> None:
    """Write a PNG with one row a kind of scene: a frame, its true motion, and the flow by each method.

    Raises:
        OSError: the picture cannot be written.
    """
    rows = [_row(scene, seed, device) for scene in SCENES]
    sheet = np.concatenate(rows, axis=0)
    canvas = Canvas(sheet.shape[1], sheet.shape[0] + _TITLE_HEIGHT)
    canvas.pixels[_TITLE_HEIGHT:] = sheet
    for column, title in enumerate(("frame", "true motion", *FLOW_METHODS)):
        canvas.text(column * (WIDTH + _GAP) + 4, 21, title, size=17)
    canvas.save(path)


def _row(scene: str, seed: int, device: str) -> np.ndarray:
    """Show the pair of a scene that moves most."""
    pairs = known_pairs(scene, [seed])
    lengths = np.linalg.norm(pairs.true_flows, axis=-1)
    index = int(lengths.mean((1, 2)).argmax())
    most_pixels = max(float(np.percentile(lengths[index], 99.5)), _LEAST_FULL_COLOUR_PIXELS)
    first, second = pairs.first[index : index + 1], pairs.second[index : index + 1]
    flows = [pairs.true_flows[index]]
    for method in FLOW_METHODS:
        flows.append(flow_measure(method, device=device if method == "tvl1" else "cpu")(first, second)[0])
    pictures = [cv2.cvtColor(first[0], cv2.COLOR_GRAY2RGB)]
    pictures += [colour_flow(flow, most_pixels=most_pixels) for flow in flows]
    gap = np.full((HEIGHT, _GAP, 3), 255, np.uint8)
    row = np.concatenate([part for picture in pictures for part in (picture, gap)], axis=1)
    return np.concatenate((row, np.full((_GAP, row.shape[1], 3), 255, np.uint8)), axis=0)
