"""How movements begin and end: each maps the share of the time that has passed to the share of the way, 0..1 both."""

import math
from collections.abc import Callable
from typing import TypeVar

import numpy as np

Share = TypeVar("Share", float, np.ndarray)
Ease = Callable[[float], float]
"""Maps 0 to 0 and 1 to 1."""


def smooth(share: Share) -> Share:
    """Stand still at both ends."""
    return share * share * (3.0 - 2.0 * share)  # type: ignore[no-any-return]


def dropping(share: float) -> float:
    """Begin at rest, and be fastest at the end: what falls hits the floor."""
    return math.pow(share, 1.7)


def tumbling(share: float) -> float:
    """Go on from a movement before, and come to rest."""
    return 1.0 - math.pow(1.0 - share, 1.5)
