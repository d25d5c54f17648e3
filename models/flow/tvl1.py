"""TV-L1 optical flow of many pairs of frames at once, on the CPU or on a GPU.

This is the flow on which the published temporal networks of I3D were trained. It costs a thousand times what DIS costs
(`models/flow/dis.py`), so it serves recordings, training and the comparison with published figures, not live cameras.

Source: Zach, Pock, Bischof, "A Duality Based Approach for Realtime TV-L1 Optical Flow", DAGM 2007; the scheme of
scales and warps and the steps of one iteration as in Sanchez, Meinhardt-Llopis, Facciolo, "TV-L1 Optical Flow
Estimation", Image Processing On Line 3, 2013, doi:10.5201/ipol.2013.26; the parameters are those of OpenCV's
`DualTVL1OpticalFlow`, by which I3D's training data were made. It differs: pixels whose partner lies outside the second
frame follow their neighbours instead of being compared with black, and convergence is looked at once every
`inner_iterations`. From OpenCV's own (contrib 4.10) it is 0.03 to 0.06 pixels away on real video, on average, where DIS
is 0.05 to 0.33 away.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

SMALLEST_SIDE = 16
"""No scale of the pyramid is smaller than this, pixels."""
_LEAST_GRADIENT = 1e-6


@dataclass(frozen=True)
class TvL1Settings:
    """What weighs how much, and when to stop."""

    attachment: float = 0.15
    """Weight of equal brightness (0..255) against smoothness: lambda."""
    coupling: float = 0.3
    """How far the two halves of the problem may be apart: theta."""
    time_step: float = 0.25
    """Of the descent for the smooth half: tau."""
    num_scales: int = 5
    scale_step: float = 0.8
    """Size of a scale of the pyramid against the next finer one."""
    num_warps: int = 5
    """Times that the second frame is brought near the first one, on each scale."""
    outer_iterations: int = 10
    inner_iterations: int = 30
    """Steps of descent between two looks at convergence; before each such round the flow is median-filtered."""
    tolerance_pixels: float = 0.01
    """A pair whose flow changes by less than this in one step (root mean square) is done with its warp."""
    median_size: int = 5
    """Side of the median filter, 3 or 5; 1: none."""


@torch.inference_mode()
def tvl1_flow(first: Tensor, second: Tensor, settings: TvL1Settings | None = None) -> Tensor:
    """Return the movement of each pixel of `first` on the way to `second`; a pair's flow does not depend on the others.

    Args:
        first: (N, H, W), grey in 0..255, any type, on any device; at least 16 pixels high and wide.
        second: The frames that follow them, of the same shape.
        settings: Those of the published networks when None.

    Returns:
        (N, 2, H, W), float32, on the same device: pixels to the right, pixels down.

    Raises:
        ValueError: the shapes differ, or a frame is too small.
    """
    settings = settings or TvL1Settings()
    if first.shape != second.shape or first.ndim != 3:
        raise ValueError(f"two stacks of frames (N, H, W) of one shape are required, got {first.shape}, {second.shape}")
    if min(first.shape[1:]) < SMALLEST_SIDE:
        raise ValueError(f"frames must be at least {SMALLEST_SIDE} pixels high and wide, got {tuple(first.shape[1:])}")
    pyramid = _pyramid(torch.stack((first, second), 1).float(), settings)
    flow = torch.zeros_like(pyramid[-1])  # (N, 2, h, w)
    for frames in reversed(pyramid):
        flow = _rescale_flow(flow, frames.shape[2:])
        _refine(flow, frames[:, :1], frames[:, 1:], settings)
    return flow


def _pyramid(frames: Tensor, settings: TvL1Settings) -> list[Tensor]:
    """Return the frames (N, 2, H, W) on all scales, the finest first."""
    scales = [frames]
    while len(scales) < settings.num_scales:
        size = [round(side * settings.scale_step) for side in scales[-1].shape[2:]]
        if min(size) < SMALLEST_SIDE:
            break
        scales.append(F.interpolate(scales[-1], size, mode="bilinear", align_corners=False))
    return scales


def _rescale_flow(flow: Tensor, size: torch.Size) -> Tensor:
    """Bring flow (N, 2, h, w) to another scale: its grid and its lengths."""
    if flow.shape[2:] == size:
        return flow
    ratios = flow.new_tensor([size[1] / flow.shape[3], size[0] / flow.shape[2]])
    return F.interpolate(flow, list(size), mode="bilinear", align_corners=False) * ratios[:, None, None]


def _refine(flow: Tensor, first: Tensor, second: Tensor, settings: TvL1Settings) -> None:
    """Improve flow (N, 2, H, W) in place, on the scale of the frames (N, 1, H, W)."""
    slopes = torch.cat((second, _central_differences(second)), 1)  # (N, 3, H, W)
    dual = flow.new_zeros(len(flow), 2, 2, *flow.shape[2:])
    for _ in range(settings.num_warps):
        warped, is_inside = _warp(slopes, flow)
        gradient = warped[:, 1:] * is_inside  # (N, 2, H, W)
        squared = (gradient * gradient).sum(1, keepdim=True)
        # Brightness left over is residual + direction * flow, in units of the squared gradient.
        residual = (warped[:, :1] - first) * is_inside - (gradient * flow).sum(1, keepdim=True)
        scale = 1 / squared.clamp_min(_LEAST_GRADIENT)
        _descend(flow, dual, gradient, residual * scale, gradient * scale, settings)


def _descend(
    flow: Tensor, dual: Tensor, gradient: Tensor, residual: Tensor, direction: Tensor, settings: TvL1Settings
) -> None:
    """Go down until every pair has come to rest; those at rest are left alone."""
    moving = torch.arange(len(flow), device=flow.device)
    for _ in range(settings.outer_iterations):
        smoothed, forces = _median(flow[moving], settings.median_size), dual[moving]
        change = _iterate(smoothed, forces, gradient[moving], residual[moving], direction[moving], settings)
        flow[moving], dual[moving] = smoothed, forces
        moving = moving[change > settings.tolerance_pixels**2]
        if not len(moving):
            return


def _iterate(
    flow: Tensor, dual: Tensor, gradient: Tensor, residual: Tensor, direction: Tensor, settings: TvL1Settings
) -> Tensor:
    """Take the inner iterations in place; return the mean square of the last one's change, a number a pair.

    Every line is one pass over memory that is small enough to stay in the cache: this is where the time goes.
    """
    bound = settings.attachment * settings.coupling
    pace = settings.time_step / settings.coupling
    slopes, before = torch.zeros_like(dual), flow
    for step in range(settings.inner_iterations):
        if step == settings.inner_iterations - 1:
            before = flow.clone()
        excess = torch.addcmul(residual, direction[:, :1], flow[:, :1]).addcmul_(direction[:, 1:], flow[:, 1:])
        flow.addcmul_(excess.clamp_(-bound, bound), gradient, value=-1)
        _add_divergence(flow, dual, settings.coupling)
        torch.sub(flow[..., 1:], flow[..., :-1], out=slopes[:, :, 0, :, :-1])
        torch.sub(flow[..., 1:, :], flow[..., :-1, :], out=slopes[:, :, 1, :-1])
        lengths = (slopes[:, :, 0] * slopes[:, :, 0]).addcmul_(slopes[:, :, 1], slopes[:, :, 1]).sqrt_()
        dual.add_(slopes, alpha=pace).div_(lengths.mul_(pace).add_(1).unsqueeze_(2))
    return (flow - before).square_().sum(1).mean((1, 2))


def _add_divergence(flow: Tensor, dual: Tensor, factor: float) -> None:
    """Add `factor` times the divergence of (N, 2, 2, H, W), by backward differences, to flow (N, 2, H, W)."""
    across, down = dual[:, :, 0], dual[:, :, 1]
    flow.add_(across, alpha=factor).add_(down, alpha=factor)
    flow[..., 1:].add_(across[..., :-1], alpha=-factor)
    flow[..., 1:, :].add_(down[..., :-1, :], alpha=-factor)


def _central_differences(frames: Tensor) -> Tensor:
    """Return the slope of frames (N, 1, H, W) along x and y, (N, 2, H, W)."""
    padded = F.pad(frames, (1, 1, 1, 1), mode="replicate")
    across = padded[..., 1:-1, 2:] - padded[..., 1:-1, :-2]
    down = padded[..., 2:, 1:-1] - padded[..., :-2, 1:-1]
    return torch.cat((across, down), 1) / 2


def _warp(planes: Tensor, flow: Tensor) -> tuple[Tensor, Tensor]:
    """Return planes (N, C, H, W) read at x + flow, and which of these places (N, 1, H, W) lie inside, as 0 and 1."""
    height, width = planes.shape[2:]
    rows = torch.arange(height, device=flow.device, dtype=flow.dtype)[:, None]
    columns = torch.arange(width, device=flow.device, dtype=flow.dtype)
    across, down = flow[:, 0] + columns, flow[:, 1] + rows  # (N, H, W), pixels
    grid = torch.stack((across * (2 / (width - 1)) - 1, down * (2 / (height - 1)) - 1), -1)  # (N, H, W, 2)
    read = F.grid_sample(planes, grid, mode="bicubic", padding_mode="border", align_corners=True)
    is_inside = (across >= 0) & (across <= width - 1) & (down >= 0) & (down <= height - 1)
    return read, is_inside.unsqueeze(1).to(planes.dtype)


def _median(flow: Tensor, size: int) -> Tensor:
    """Return flow (N, 2, H, W), median-filtered; its edges are repeated outwards."""
    if size == 1:
        return flow.clone()
    if flow.device.type == "cpu":  # the same numbers, thirty times as fast
        filtered = [cv2.medianBlur(plane, size) for plane in flow.flatten(0, 1).contiguous().numpy()]
        return torch.from_numpy(np.stack(filtered)).reshape(flow.shape)
    return _median_on_device(flow, size)


def _median_on_device(flow: Tensor, size: int) -> Tensor:
    reach = size // 2
    padded = F.pad(flow, (reach, reach, reach, reach), mode="replicate")
    windows = padded.unfold(2, size, 1).unfold(3, size, 1)  # (N, 2, H, W, size, size)
    return windows.flatten(4).median(-1).values
