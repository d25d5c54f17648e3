"""Where the objects of a label map lie."""

from collections.abc import Iterator

import numpy as np
from scipy.ndimage import find_objects


def numbered_boxes(numbers: np.ndarray) -> Iterator[tuple[int, tuple[slice, ...]]]:
    """Yield the number of every object, in rising order, and the box around it.

    Args:
        numbers: integers of any shape; 0 and less is background, every object has a number of its own. Numbers may be
            left out.

    Raises:
        TypeError: there are other things than integers.
    """
    for number, box in enumerate(find_objects(numbers), start=1):
        if box is not None:
            yield number, box
