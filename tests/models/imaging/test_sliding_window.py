import json
import subprocess
import sys
from dataclasses import dataclass
from itertools import product

import numpy as np
import pytest
import torch
from torch import Tensor
from torch.nn import functional as F

from models.imaging.answer import Progress
from models.imaging.sliding_window import Place, label_volume, slide
from models.imaging.volume import Volume
from models.imaging.voxel_grid import VoxelGrid

SHAPES = [(9, 20, 17), (3, 5, 4), (8, 8, 8), (21, 8, 30)]
WINDOW = (4, 8, 6)


@dataclass
class Box:
    """Averages over 3 x 3 x 3 voxels with zeros around the window: what it says depends on where the window ends."""

    num_outputs: int = 2

    def __call__(self, windows: Tensor) -> Tensor:
        mean = F.avg_pool3d(windows, 3, stride=1, padding=1).sum(1, keepdim=True)
        return torch.cat([mean * (number + 1) - number for number in range(self.num_outputs)], 1)


def noise(shape: tuple[int, int, int], num_channels: int = 2) -> Volume:
    voxels = np.random.default_rng(1).normal(size=(num_channels, *shape)).astype(np.float32)
    names = tuple(f"channel {index}" for index in range(num_channels))
    return Volume(grid=VoxelGrid.of_axes(shape, (1, 1, 1)), source_id="noise", channel_names=names, voxels=voxels)


def blended(volume: Volume, **options: object) -> np.ndarray:
    scores = np.full((2, *volume.grid.shape), np.nan, np.float32)

    def take(place: Place, block: Tensor) -> None:
        assert np.isnan(scores[(slice(None), *place)]).all(), "a voxel was given twice"
        scores[(slice(None), *place)] = block.numpy()

    for _ in slide(volume, Box(), take, num_outputs=2, window=WINDOW, **options):  # type: ignore[arg-type]
        pass
    return scores


def plainly_blended(volume: Volume, overlap: float) -> np.ndarray:
    """Everything in memory, every window weighted by a Gaussian of three axes, divided by the sum at the end."""
    shape = volume.grid.shape
    missing = [(0, max(side - length, 0)) for side, length in zip(WINDOW, shape, strict=True)]
    voxels = np.pad(volume.voxels, [(0, 0), *missing], mode="edge")
    bells = [np.maximum(np.exp(-0.5 * ((np.arange(side) - (side - 1) / 2) / (side / 8)) ** 2), 1e-3) for side in WINDOW]
    bell = bells[0][:, None, None] * bells[1][:, None] * bells[2]
    starts = []
    for length, side in zip(voxels.shape[1:], WINDOW, strict=True):
        last = length - side
        starts.append(sorted({*range(0, last, max(round(side * (1 - overlap)), 1)), last}))
    total, weights = np.zeros((2, *voxels.shape[1:])), np.zeros(voxels.shape[1:])
    for begin in product(*starts):
        place = tuple(slice(start, start + side) for start, side in zip(begin, WINDOW, strict=True))
        total[(slice(None), *place)] += bell * Box()(torch.from_numpy(voxels[(slice(None), *place)])[None])[0].numpy()
        weights[place] += bell
    return np.asarray((total / weights)[(slice(None), *(slice(0, length) for length in shape))])


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("overlap", [0.0, 0.5, 0.8])
def test_scores_equal_a_plain_implementation(shape: tuple[int, int, int], overlap: float) -> None:
    volume = noise(shape)
    # Sums of float32 in another order, against float64.
    np.testing.assert_allclose(blended(volume, overlap=overlap), plainly_blended(volume, overlap), atol=2e-6)


@pytest.mark.parametrize("max_block_bytes", [1, 4 * 2 * 4 * 100, 4 * 2 * 4 * 250])
def test_working_in_blocks_changes_nothing(max_block_bytes: int) -> None:
    volume = noise((9, 20, 17))
    np.testing.assert_array_equal(blended(volume, max_block_bytes=max_block_bytes), blended(volume))


@pytest.mark.parametrize("shape", SHAPES)
def test_a_constant_network_gives_a_constant(shape: tuple[int, int, int]) -> None:
    volume, found = noise(shape), []
    constant = torch.tensor([3.0, -7.0])[None, :, None, None, None].expand(1, 2, *WINDOW)
    for _ in slide(
        volume, lambda windows: constant, lambda place, scores: found.append(scores.clone()), num_outputs=2,
        window=WINDOW,
    ):  # fmt: skip
        pass
    for scores in found:
        torch.testing.assert_close(scores, constant[:, :, :1, :1, :1][0].expand_as(scores))
    assert sum(scores[0].numel() for scores in found) == np.prod(shape)


def test_each_voxel_gets_the_class_with_the_highest_score() -> None:
    volume = noise((9, 20, 17))
    steps = label_volume(volume, Box(), num_outputs=2, window=WINDOW)
    told: list[Progress] = []
    while True:
        try:
            told.append(next(steps))
        except StopIteration as stop:
            labels = stop.value
            break
    assert labels.dtype == np.uint8
    np.testing.assert_array_equal(labels, blended(volume).argmax(0))
    assert [step.done for step in told] == list(range(1, told[-1].total + 1))


def test_a_single_score_is_held_against_zero() -> None:
    volume = noise((8, 16, 12), num_channels=1)
    steps = label_volume(volume, Box(num_outputs=1), num_outputs=1, window=WINDOW, overlap=0)
    labels = _returned(steps)
    assert 0 < labels.mean() < 1
    middle = F.avg_pool3d(torch.from_numpy(volume.voxels)[None], 3, 1, 1)[0, 0].numpy()
    inside = (slice(1, 3), slice(1, 7), slice(1, 5))  # of the first window
    np.testing.assert_array_equal(labels[inside], middle[inside] > 0)


def test_a_network_of_another_shape_is_refused() -> None:
    steps = slide(noise((9, 9, 9)), lambda windows: windows[..., 1:], lambda place, scores: None, num_outputs=2,
                  window=WINDOW)  # fmt: skip
    with pytest.raises(ValueError, match=r"must return scores of shape \(1, 2, 4, 8, 6\), got \(1, 2, 4, 8, 5\)"):
        next(steps)


def test_windows_that_never_advance_are_refused() -> None:
    steps = slide(noise((9, 9, 9)), Box(), lambda place, scores: None, num_outputs=2, window=WINDOW, overlap=1.0)
    with pytest.raises(ValueError, match=r"overlap in 0\.\.1, got"):
        next(steps)


LARGE = """
import json, resource
import numpy as np, torch
from models.imaging.sliding_window import label_volume
from models.imaging.volume import StoredVolume
from models.imaging.voxel_grid import VoxelGrid

shape = (700, 512, 512)
plane = np.linspace(-1, 1, 512 * 512, dtype=np.float32).reshape(1, 1, 512, 512)
volume = StoredVolume(
    grid=VoxelGrid.of_axes(shape, (1, 1, 1)), source_id="large",
    read_slab=lambda start, stop: np.broadcast_to(plane, (1, stop - start, 512, 512)).copy(),
)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
classes = torch.arange(2.0).reshape(1, 2, 1, 1, 1)
steps = label_volume(volume, lambda x: x * classes, num_outputs=2, window=(64, 192, 192), overlap=0.125)
while True:
    try:
        next(steps)
    except StopIteration as stop:
        labels = stop.value
        break
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps({"grown": (after - before) * 1024, "labels": labels.nbytes, "found": np.unique(labels).tolist()}))
"""


@pytest.mark.slow
def test_a_large_ct_needs_less_than_a_gigabyte_beyond_its_labels() -> None:
    ended = subprocess.run([sys.executable, "-c", LARGE], capture_output=True, text=True, check=True)
    told = json.loads(ended.stdout)
    assert told["found"] == [0, 1]
    assert told["grown"] < told["labels"] + 2**30


def _returned(steps: object) -> np.ndarray:
    while True:
        try:
            next(steps)  # type: ignore[call-overload]
        except StopIteration as stop:
            return np.asarray(stop.value)
