"""Optical flow as pictures: each component in grey, and both as one colour."""

import numpy as np

from models.flow.dis import FLOW_BOUND_PIXELS

_ANCHORS = ((255, 0, 0), (255, 255, 0), (0, 255, 0), (0, 255, 255), (0, 0, 255), (255, 0, 255), (255, 0, 0))
_STEPS_BETWEEN = (15, 6, 4, 11, 13, 6)
"""Steps of the wheel from red to yellow, green, cyan, blue, magenta and back: more where the eye tells hues better."""


def grey_component(component: np.ndarray, *, bound_pixels: float = FLOW_BOUND_PIXELS) -> np.ndarray:
    """Return one component of flow as a grey picture in which no motion is 128.

    Args:
        component: (..., H, W), pixels.
        bound_pixels: Motion that is white (its opposite: black); further motion is cut off.

    Returns:
        (..., H, W), uint8. With a bound of 20 these are the flow pictures on which video networks are trained.
    """
    shares = np.clip(component / bound_pixels, -1, 1)
    return np.rint(128 + 127 * shares).astype(np.uint8)


def colour_flow(flow: np.ndarray, *, most_pixels: float) -> np.ndarray:
    """Return flow as colours: the hue says which way, the saturation how far.

    Args:
        flow: (..., H, W, 2), pixels to the right, pixels down.
        most_pixels: Length that has its full colour; longer vectors are darker.

    Returns:
        (..., H, W, 3), uint8 RGB; what does not move is white.

    Source: the colour wheel of Baker et al., "A Database and Evaluation Methodology for Optical Flow", IJCV 2011.
    """
    if not most_pixels > 0:
        raise ValueError(f"most_pixels must be above 0, got {most_pixels}")
    wheel = _wheel()
    across, down = flow[..., 0] / most_pixels, flow[..., 1] / most_pixels
    lengths = np.hypot(across, down)[..., None]
    turns = np.arctan2(-down, -across) / np.pi  # -1..1
    places = (turns + 1) / 2 * (len(wheel) - 1)
    lower = np.floor(places).astype(int)
    share = (places - lower)[..., None]
    hues = (1 - share) * wheel[lower] + share * wheel[(lower + 1) % len(wheel)]
    colours = np.where(lengths <= 1, 1 - lengths * (1 - hues), 0.75 * hues)
    return np.asarray(np.floor(255 * colours), np.uint8)


def colour_key(size: int) -> np.ndarray:
    """Return the wheel itself, (size, size, 3), uint8 RGB: each place shows a motion from the middle to it."""
    offsets = np.linspace(-1.0, 1.0, size)
    flow = np.stack(np.meshgrid(offsets, offsets), -1)
    key = colour_flow(flow, most_pixels=1.0)
    key[np.hypot(flow[..., 0], flow[..., 1]) > 1] = 255
    return key


def _wheel() -> np.ndarray:
    """Return the hues around the wheel, (N, 3), 0..1."""
    steps = np.concatenate(([0], np.cumsum(_STEPS_BETWEEN)))
    places = np.arange(steps[-1])
    channels = [np.interp(places, steps, [anchor[channel] for anchor in _ANCHORS]) for channel in range(3)]
    return np.stack(channels, -1) / 255
