"""TV-L1 in batches is TV-L1 as the papers write it down, and finds how far a picture moved."""

import cv2
import numpy as np
import pytest
import torch

from models.flow.tvl1 import TvL1Settings, _median, _median_on_device, tvl1_flow
from tests.models.flow.plain_tvl1 import plain_tvl1_flow

QUICK = TvL1Settings(num_scales=3, num_warps=2, outer_iterations=3, inner_iterations=4)


def texture(height: int, width: int, *, seed: int = 5, blur: float = 3.0) -> np.ndarray:
    noise = np.random.default_rng(seed).integers(0, 256, (height, width), dtype=np.uint8)
    blurred = cv2.GaussianBlur(noise, (0, 0), blur)
    return cv2.normalize(blurred, None, 0, 255, cv2.NORM_MINMAX).astype(np.uint8)


def moved(picture: np.ndarray, right: float, down: float) -> np.ndarray:
    shift = np.array([[1, 0, right], [0, 1, down]], np.float32)
    return cv2.warpAffine(picture, shift, picture.shape[::-1], borderMode=cv2.BORDER_REFLECT)


def flow_of(first: np.ndarray, second: np.ndarray, settings: TvL1Settings | None = None) -> np.ndarray:
    found = tvl1_flow(torch.from_numpy(first)[None], torch.from_numpy(second)[None], settings)
    return found[0].permute(1, 2, 0).numpy()


@pytest.mark.parametrize(("height", "width"), [(21, 27), (26, 20)])
def test_flow_equals_the_plain_implementation(height: int, width: int) -> None:
    first = texture(height, width, blur=2)
    second = moved(first, 1.3, -0.8)
    plain = plain_tvl1_flow(first, second, QUICK)
    assert np.abs(plain).max() > 1
    # float32 against float64; the flow itself is a pixel long.
    np.testing.assert_allclose(flow_of(first, second, QUICK), plain, atol=2e-3)


@pytest.mark.parametrize(("right", "down"), [(3, 0), (0, -2), (0.4, 0.7), (8, 5), (0, 0)])
def test_flow_is_how_far_the_picture_moved(right: float, down: float) -> None:
    first = texture(96, 128, blur=4)
    flow = flow_of(first, moved(first, right, down))
    assert flow.dtype == np.float32
    inner = flow[16:-16, 16:-16]
    assert np.abs(inner - (right, down)).mean() < 0.06


def test_a_pairs_flow_does_not_depend_on_its_company() -> None:
    pictures = [texture(48, 64, seed=seed) for seed in range(3)]
    shifted = [moved(picture, step, 1) for picture, step in zip(pictures, (0, 2, 5), strict=True)]
    together = tvl1_flow(torch.from_numpy(np.stack(pictures)), torch.from_numpy(np.stack(shifted)))
    for index, (first, second) in enumerate(zip(pictures, shifted, strict=True)):
        np.testing.assert_allclose(together[index].permute(1, 2, 0).numpy(), flow_of(first, second), atol=1e-4)


def test_flow_is_not_drawn_to_what_leaves_the_picture() -> None:
    first = texture(64, 96)
    flow = flow_of(first, moved(first, 6, 0))
    assert np.abs(flow[16:-16, -4:] - (6, 0)).mean() < 0.1, "pixels without partner follow their neighbours"


@pytest.mark.parametrize("size", [3, 5])
def test_both_medians_are_the_same_numbers(size: int) -> None:
    flow = torch.rand(3, 2, 17, 19, generator=torch.Generator().manual_seed(1)) * 9 - 4
    assert torch.equal(_median(flow, size), _median_on_device(flow, size))


@pytest.mark.parametrize(
    ("first", "second", "message"),
    [
        ((1, 32, 32), (1, 32, 31), "of one shape are required"),
        ((32, 32), (32, 32), r"\(N, H, W\)"),
        ((1, 15, 40), (1, 15, 40), r"at least 16 pixels high and wide, got \(15, 40\)"),
    ],
)
def test_wrong_frames_are_refused(first: tuple[int, ...], second: tuple[int, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        tvl1_flow(torch.zeros(first), torch.zeros(second))


@pytest.mark.gpu
def test_a_gpu_finds_the_same_flow() -> None:
    if not torch.cuda.is_available():
        pytest.skip("needs an NVIDIA GPU")
    first = texture(64, 96)
    pair = [torch.from_numpy(frame)[None] for frame in (first, moved(first, 2.5, 1.5))]
    on_device = tvl1_flow(*(frame.cuda() for frame in pair)).cpu()
    assert (on_device - tvl1_flow(*pair)).abs().mean() < 1e-2
