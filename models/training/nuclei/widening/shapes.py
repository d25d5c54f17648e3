"""Masks of nuclei that never were, drawn from the statistics of those that people outlined.

Source: Hollandi et al., "nucleAIzer", Cell Systems 10:453, 2020, draws from a data base of shapes. Difference: outlines
are drawn from a normal distribution of their radial profiles, so none is a copy.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from models.imaging.numbered_boxes import numbered_boxes
from models.networks.nuclei import NORMAL_DIAMETER
from models.training.nuclei.widening.placing import place
from models.training.pictures.labelled import LabelledPicture

NUM_ANGLES = 32
"""Directions in which the border of a nucleus is measured from its centre."""
NUM_WAVES = 6
"""Around a drawn outline, at most: a person's outline bends no more often."""
SMALLEST_AREA = 30
"""Pixels of a nucleus that is measured."""
FEWEST_SHAPES = 8
SMOOTHING = 1e-3
"""Added to the variances of profiles, so that few nuclei give a distribution too."""
TRIES = 12
"""At a place for a nucleus."""
_ANGLES = np.arange(NUM_ANGLES) * 2 * np.pi / NUM_ANGLES


@dataclass(frozen=True, eq=False)
class ShapeStatistics:
    """How nuclei of one look are shaped and strewn; lengths are pixels at the normal scale."""

    mean: np.ndarray
    """Logarithm of the radius in every direction, (NUM_ANGLES,), the longest one first."""
    covariance: np.ndarray
    """Of it, (NUM_ANGLES, NUM_ANGLES)."""
    densities: np.ndarray
    """Nuclei in a square of the normal diameter, of each picture."""
    touching_share: float
    """Of the nuclei, that touch another one."""

    @classmethod
    def of(cls, pictures: Sequence[LabelledPicture]) -> "ShapeStatistics":
        """Measure the nuclei of pictures at the normal scale.

        Raises:
            ValueError: there are too few of them.
        """
        profiles = [profile for picture in pictures for profile in _profiles(picture.layers[0])]
        if len(profiles) < FEWEST_SHAPES:
            raise ValueError(f"shapes are learned from at least {FEWEST_SHAPES} whole nuclei, got {len(profiles)}")
        logs = np.log(np.stack(profiles))
        touching = [_touching_share(picture.layers[0]) for picture in pictures]
        return cls(
            logs.mean(0),
            np.cov(logs.T) + SMOOTHING * np.eye(NUM_ANGLES),
            np.array([_density(picture.layers[0]) for picture in pictures]),
            float(np.mean(touching)),
        )

    def draw(self, size: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
        """Return numbered nuclei, int32, (H, W): strewn, and as many of them touching as there are in pictures."""
        numbers = np.zeros(size, np.int32)
        count = max(round(float(rng.choice(self.densities)) * size[0] * size[1] / NORMAL_DIAMETER**2), 1)
        for number in range(1, count + 1):
            place(numbers, self._mask(rng), number, beside_share=self.touching_share, tries=TRIES, rng=rng)
        return numbers

    def _mask(self, rng: np.random.Generator) -> np.ndarray:
        """Return one nucleus, turned anyhow, bool, as large as itself."""
        logs = _smooth(rng.multivariate_normal(self.mean, self.covariance, method="eigh"))
        radii = np.clip(np.exp(logs), 2, 3 * NORMAL_DIAMETER)
        turned = (_ANGLES + rng.uniform(0, 2 * np.pi)) % (2 * np.pi)
        reach = int(radii.max()) + 1
        rows, columns = np.mgrid[-reach : reach + 1, -reach : reach + 1]
        angles = np.arctan2(rows, columns) % (2 * np.pi)
        order = np.argsort(turned)
        border = np.interp(angles, turned[order], radii[order], period=2 * np.pi)
        return np.asarray(np.hypot(rows, columns) <= border)


def _smooth(profile: np.ndarray) -> np.ndarray:
    """Return a profile without what changes faster along the border than nuclei do."""
    waves = np.fft.rfft(profile)
    waves[NUM_WAVES + 1 :] = 0
    return np.fft.irfft(waves, len(profile))


def _profiles(numbers: np.ndarray) -> list[np.ndarray]:
    """Return how far the border of each whole nucleus is from its centre, the longest direction first."""
    found = []
    for number, box in numbered_boxes(numbers):
        if any(side.start == 0 or side.stop == n for side, n in zip(box, numbers.shape, strict=True)):
            continue
        mask = np.pad(numbers[box] == number, 1)
        if mask.sum() >= SMALLEST_AREA:
            radii = _radii(mask)
            found.append(np.roll(radii, -int(radii.argmax())))
    return found


def _radii(mask: np.ndarray) -> np.ndarray:
    """Return how far one goes from the centre of a mask in every direction before leaving it for good."""
    centre = np.argwhere(mask).mean(0)
    steps = np.arange(0.5, np.hypot(*mask.shape), 0.5)
    rows, columns = (centre[axis] + np.outer(way(_ANGLES), steps) for axis, way in enumerate((np.sin, np.cos)))
    within = ndimage.map_coordinates(mask.astype(np.float32), [rows, columns], order=1) >= 0.5
    last = within.shape[1] - 1 - within[:, ::-1].argmax(1)
    return np.asarray(np.where(within.any(1), steps[last], steps[0]))


def _density(numbers: np.ndarray) -> float:
    return float((np.unique(numbers).size - 1) * NORMAL_DIAMETER**2 / numbers.size)


def _touching_share(numbers: np.ndarray) -> float:
    """Return the share of the nuclei that have a pixel of another one beside them."""
    high = ndimage.maximum_filter(numbers, 3)
    low = ndimage.minimum_filter(np.where(numbers > 0, numbers, np.iinfo(numbers.dtype).max), 3)
    touching = np.unique(numbers[(numbers > 0) & ((high != numbers) | (low != numbers))])
    return len(touching) / max(np.unique(numbers).size - 1, 1)
