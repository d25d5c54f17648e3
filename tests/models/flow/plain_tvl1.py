"""TV-L1 flow of one pair, pixel by pixel as the papers write it down: slow, and easy to believe.

Source: Zach, Pock, Bischof 2007 and doi:10.5201/ipol.2013.26, as named in models/flow_tvl1.py.
"""

from collections.abc import Callable
from statistics import median

import numpy as np

from models.flow.tvl1 import SMALLEST_SIDE, TvL1Settings

CUBIC = -0.75
"""Free parameter of the bicubic kernel (Keys 1981), as OpenCV and PyTorch choose it."""


def plain_tvl1_flow(first: np.ndarray, second: np.ndarray, settings: TvL1Settings) -> np.ndarray:
    """Return the flow (H, W, 2) between two grey frames (H, W)."""
    scales = [(first.astype(float), second.astype(float))]
    while len(scales) < settings.num_scales:
        height, width = (round(side * settings.scale_step) for side in scales[-1][0].shape)
        if min(height, width) < SMALLEST_SIDE:
            break
        scales.append(tuple(resize(frame, height, width) for frame in scales[-1]))  # type: ignore[arg-type]
    u = np.zeros_like(scales[-1][0])
    v = np.zeros_like(u)
    for one, two in reversed(scales):
        height, width = one.shape
        if u.shape != one.shape:
            u, v = (
                resize(u, height, width) * (width / u.shape[1]),
                resize(v, height, width) * (height / v.shape[0]),
            )
        u, v = refine(u, v, one, two, settings)
    return np.stack((u, v), -1)


def refine(
    u: np.ndarray, v: np.ndarray, first: np.ndarray, second: np.ndarray, settings: TvL1Settings
) -> tuple[np.ndarray, np.ndarray]:
    slope_x = per_pixel(second.shape, lambda y, x: (at(second, y, x + 1) - at(second, y, x - 1)) / 2)
    slope_y = per_pixel(second.shape, lambda y, x: (at(second, y + 1, x) - at(second, y - 1, x)) / 2)
    px, py, qx, qy = (np.zeros_like(first) for _ in range(4))
    for _ in range(settings.num_warps):
        u0, v0 = u, v
        inside = is_inside(u0, v0)
        warped, gx, gy = (warp(plane, u0, v0) for plane in (second, slope_x, slope_y))
        gx, gy, constant = gx * inside, gy * inside, (warped - first) * inside
        for _ in range(settings.outer_iterations):
            u, v = median_filter(u, settings.median_size), median_filter(v, settings.median_size)
            for _ in range(settings.inner_iterations):
                old_u, old_v = u, v
                du, dv = data_term(constant, gx, gy, u - u0, v - v0, settings)
                u = u + du + settings.coupling * divergence(px, py)
                v = v + dv + settings.coupling * divergence(qx, qy)
                px, py = dual_step(px, py, u, settings)
                qx, qy = dual_step(qx, qy, v, settings)
            if np.mean((u - old_u) ** 2 + (v - old_v) ** 2) <= settings.tolerance_pixels**2:
                break
    return u, v


def is_inside(u: np.ndarray, v: np.ndarray) -> np.ndarray:
    height, width = u.shape
    return per_pixel(u.shape, lambda y, x: 0 <= x + u[y, x] <= width - 1 and 0 <= y + v[y, x] <= height - 1)


def warp(plane: np.ndarray, u: np.ndarray, v: np.ndarray) -> np.ndarray:
    return per_pixel(u.shape, lambda y, x: bicubic(plane, y + v[y, x], x + u[y, x]))


def data_term(
    constant: np.ndarray, gx: np.ndarray, gy: np.ndarray, du: np.ndarray, dv: np.ndarray, settings: TvL1Settings
) -> tuple[np.ndarray, np.ndarray]:
    """The thresholding step TH of the paper, three cases a pixel."""
    bound = settings.attachment * settings.coupling
    step_x, step_y = np.zeros_like(gx), np.zeros_like(gx)
    for y, x in np.ndindex(*gx.shape):
        squared = gx[y, x] ** 2 + gy[y, x] ** 2
        left_over = constant[y, x] + gx[y, x] * du[y, x] + gy[y, x] * dv[y, x]
        if left_over < -bound * squared:
            factor = bound
        elif left_over > bound * squared:
            factor = -bound
        else:
            factor = -left_over / squared if squared > 1e-9 else 0.0
        step_x[y, x], step_y[y, x] = factor * gx[y, x], factor * gy[y, x]
    return step_x, step_y


def divergence(px: np.ndarray, py: np.ndarray) -> np.ndarray:
    height, width = px.shape

    def here(y: int, x: int) -> float:
        across = (px[y, x] if x < width - 1 else 0.0) - (px[y, x - 1] if x else 0.0)
        down = (py[y, x] if y < height - 1 else 0.0) - (py[y - 1, x] if y else 0.0)
        return float(across + down)

    return per_pixel(px.shape, here)


def dual_step(px: np.ndarray, py: np.ndarray, u: np.ndarray, settings: TvL1Settings) -> tuple[np.ndarray, np.ndarray]:
    height, width = u.shape
    pace = settings.time_step / settings.coupling
    ux = per_pixel(u.shape, lambda y, x: u[y, x + 1] - u[y, x] if x < width - 1 else 0.0)
    uy = per_pixel(u.shape, lambda y, x: u[y + 1, x] - u[y, x] if y < height - 1 else 0.0)
    brake = 1 + pace * np.hypot(ux, uy)
    return (px + pace * ux) / brake, (py + pace * uy) / brake


def median_filter(plane: np.ndarray, size: int) -> np.ndarray:
    reach = range(-(size // 2), size // 2 + 1)
    return per_pixel(plane.shape, lambda y, x: median(at(plane, y + i, x + j) for i in reach for j in reach))


def bicubic(plane: np.ndarray, y: float, x: float) -> float:
    top, left = int(np.floor(y)), int(np.floor(x))
    return sum(
        at(plane, top + i, left + j) * cubic_weight(y - top - i) * cubic_weight(x - left - j)
        for i in range(-1, 3)
        for j in range(-1, 3)
    )


def cubic_weight(distance: float) -> float:
    d = abs(distance)
    if d <= 1:
        return (CUBIC + 2) * d**3 - (CUBIC + 3) * d**2 + 1
    return CUBIC * (d**3 - 5 * d**2 + 8 * d - 4) if d < 2 else 0.0


def resize(plane: np.ndarray, height: int, width: int) -> np.ndarray:
    """Bilinear, between the centres of pixels."""

    def here(row: int, column: int) -> float:
        y = max((row + 0.5) * plane.shape[0] / height - 0.5, 0.0)
        x = max((column + 0.5) * plane.shape[1] / width - 0.5, 0.0)
        top, left = int(y), int(x)
        upper = at(plane, top, left) * (1 - x + left) + at(plane, top, left + 1) * (x - left)
        lower = at(plane, top + 1, left) * (1 - x + left) + at(plane, top + 1, left + 1) * (x - left)
        return upper * (1 - y + top) + lower * (y - top)

    return per_pixel((height, width), here)


def at(plane: np.ndarray, y: int, x: int) -> float:
    """The pixel, or the nearest one of the picture."""
    return float(plane[min(max(y, 0), plane.shape[0] - 1), min(max(x, 0), plane.shape[1] - 1)])


def per_pixel(shape: tuple[int, ...], value: Callable[..., float]) -> np.ndarray:
    return np.array([[value(y, x) for x in range(shape[1])] for y in range(shape[0])], float)
