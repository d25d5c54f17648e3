"""How far optical flow is from the true motion."""

from dataclasses import dataclass

import numpy as np

MOVING_PIXELS = 0.5
"""A pixel that truly moves further than this counts as moving."""
OUTLIER_PIXELS = 3.0


@dataclass(frozen=True)
class FlowError:
    """End-point error: the length of the difference of two flow vectors, over the pixels that can be judged."""

    mean_pixels: float
    moving_pixels: float
    """Mean over the pixels that truly move; NaN when none does."""
    still_pixels: float
    """Mean over those that do not."""
    outlier_share: float
    """Share of the moving pixels that are more than 3 pixels off, 0..1; NaN when none moves."""
    moving_share: float
    """Share of the pixels that truly move, 0..1."""


def end_point_error(flows: np.ndarray, true_flows: np.ndarray, is_judged: np.ndarray) -> FlowError:
    """Compare flow with the truth.

    Args:
        flows: (..., H, W, 2), pixels.
        true_flows: The same shape.
        is_judged: (..., H, W), bool: pixels that count, such as those visible in both frames.

    Raises:
        ValueError: the shapes do not fit, or no pixel counts.

    Source: Baker et al., "A Database and Evaluation Methodology for Optical Flow", IJCV 2011, section 4.1.
    """
    if flows.shape != true_flows.shape or flows.shape[:-1] != is_judged.shape or flows.shape[-1] != 2:
        raise ValueError(
            f"flow and truth (..., H, W, 2) and a mask (..., H, W) are required, "
            f"got {flows.shape}, {true_flows.shape} and {is_judged.shape}"
        )
    if not is_judged.any():
        raise ValueError("at least one pixel must count, none does")
    errors = np.linalg.norm(flows - true_flows, axis=-1)[is_judged]
    is_moving = (np.linalg.norm(true_flows, axis=-1) > MOVING_PIXELS)[is_judged]
    return FlowError(
        mean_pixels=float(errors.mean()),
        moving_pixels=_mean(errors[is_moving]),
        still_pixels=_mean(errors[~is_moving]),
        outlier_share=_mean(errors[is_moving] > OUTLIER_PIXELS),
        moving_share=float(is_moving.mean()),
    )


def _mean(numbers: np.ndarray) -> float:
    return float(numbers.mean()) if numbers.size else float("nan")
