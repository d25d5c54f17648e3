"""Refuses what no simulator can be asked for."""

Limits = tuple[float, float]
"""The least and the most that is allowed."""


def require_seed(seed: int) -> int:
    """Return the seed of a scene.

    Raises:
        ValueError: it is negative.
    """
    if seed < 0:
        raise ValueError(f"seed must be 0 or more, got {seed}")
    return seed


def require_within(name: str, value: float, limits: Limits) -> None:
    """Raise ValueError unless a value lies in a range, its ends included."""
    least, most = limits
    if not least <= value <= most:
        raise ValueError(f"{name} must lie in {least:g}..{most:g}, got {value:g}")
