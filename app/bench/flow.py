"""How exact and how fast each way to measure optical flow is, on scenes whose motion is known to the pixel."""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from models.evaluation.flow_error import FlowError, end_point_error
from models.flow.dis import grey_frames
from models.flow.methods import FLOW_METHODS, flow_device, flow_measure
from models.simulation.bedside_motion import MovingBedside
from models.simulation.patchwork import PatchworkScene

HEIGHT, WIDTH = 240, 320
PAIRS_A_SCENE = 4
SCENES = ("bedside", "patchwork")


@dataclass(frozen=True, eq=False)
class KnownPairs:
    """Frames that follow each other, and how they really move."""

    first: np.ndarray
    """uint8, grey, (N, H, W)."""
    second: np.ndarray
    true_flows: np.ndarray
    """(N, H, W, 2), pixels."""
    is_visible: np.ndarray
    """(N, H, W), bool."""


@dataclass(frozen=True)
class FlowFigures:
    """One method on one kind of scene."""

    scene: str
    method: str
    num_pairs: int
    error: FlowError
    ms_per_pair: float


@dataclass(frozen=True)
class FlowBench:
    """The outcome of `vigil bench flow`."""

    ratio: float
    """DIS's error of what moves against TV-L1's, over all scenes: above 1, TV-L1 is the more exact."""
    device: str
    threads: int
    figures: tuple[FlowFigures, ...]

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def run_flow_bench(seeds: Sequence[int], *, device: str, threads: int, say: Callable[[str], None]) -> FlowBench:
    """Measure every method on simulated scenes of these seeds.

    Raises:
        ValueError: the device is not on this machine.
    """
    device = flow_device("tvl1", device)
    figures = []
    for scene in SCENES:
        say(f"simulating {len(seeds)} {scene} scenes with their motion")
        pairs = known_pairs(scene, seeds)
        for method in FLOW_METHODS:
            say(f"measuring {len(pairs.first)} pairs by {method}")
            figures.append(_measure(scene, pairs, method, device=device, threads=threads))
    errors = {method: [f.error.moving_pixels for f in figures if f.method == method] for method in FLOW_METHODS}
    return FlowBench(float(np.mean(errors["dis"]) / np.mean(errors["tvl1"])), device, threads, tuple(figures))


def known_pairs(scene: str, seeds: Sequence[int]) -> KnownPairs:
    """Return some pairs of each seed's scene, at the times when most happens."""
    parts = [part for seed in seeds for part in (_bedside(seed) if scene == "bedside" else _patchwork(seed))]
    first, second, flows, visible = (np.stack(arrays) for arrays in zip(*parts, strict=True))
    return KnownPairs(grey_frames(first), grey_frames(second), flows, visible)


def _bedside(seed: int) -> Iterator[tuple[np.ndarray, ...]]:
    """Pairs while the patient is mobilised, seen by a colour camera."""
    scene = MovingBedside(seed, duration_seconds=60.0, look="rgb", height=HEIGHT, width=WIDTH)
    event = scene.truth.events[0]
    for share in np.linspace(0.2, 0.8, PAIRS_A_SCENE):
        seconds = event.start_seconds + share * (event.end_seconds - event.start_seconds)
        index = int(seconds * scene.truth.frame_rate_hz)
        field = scene.motion(index)
        yield scene.frame(index), scene.frame(index + 1), field.flow, field.is_visible


def _patchwork(seed: int) -> Iterator[tuple[np.ndarray, ...]]:
    scene = PatchworkScene(seed, height=HEIGHT, width=WIDTH)
    for index in range(PAIRS_A_SCENE):
        field = scene.motion(index)
        yield scene.frame(index), scene.frame(index + 1), field.flow, field.is_visible


def _measure(scene: str, pairs: KnownPairs, method: str, *, device: str, threads: int) -> FlowFigures:
    measure = flow_measure(method, device=device if method == "tvl1" else "cpu", threads=threads)
    measure(pairs.first[:1], pairs.second[:1])  # warms up
    started = time.perf_counter()
    flows = measure(pairs.first, pairs.second)
    elapsed = time.perf_counter() - started
    error = end_point_error(flows, pairs.true_flows, pairs.is_visible)
    return FlowFigures(scene, method, len(flows), error, 1000 * elapsed / len(flows))
