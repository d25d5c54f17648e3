"""Pictures of nuclei as they would be if there were more: nuclei of the picture are put beside others of it.

Ours, beside the paintings of Hollandi et al. 2020: nuclei that touch, and a dim one beside a bright one, are what is
told apart worst, and a few dozen pictures show few of them.
"""

from collections.abc import Sequence

import numpy as np
from scipy import ndimage

from models.imaging.numbered_boxes import numbered_boxes
from models.training.nuclei.widening.placing import overlap_of, place
from models.training.pictures.labelled import LabelledPicture, marked_instances

ADDED_SHARE = 0.5
"""New nuclei for each that there is."""
FEWEST_ADDED = 4
BESIDE_SHARE = 0.7
"""Of the new ones, that are put beside another one; the others are strewn."""
DIMMEST, BRIGHTEST = 0.6, 1.3
"""How much darker or lighter than it was a nucleus may become."""
GLOW_PIXELS = 4
"""Around a nucleus, that go with it."""
SOFTNESS_PIXELS = 1.0
"""Standard deviation with which that goes over into its new ground."""
TRIES = 8
"""At a place for a nucleus."""
_MARGIN = GLOW_PIXELS + 2
Cut = tuple[np.ndarray, np.ndarray]
"""The light of one nucleus, float32, (h, w, 3), which fades around it, and its mask, bool, (h, w)."""


def crowded(pictures: Sequence[LabelledPicture], copies: int, *, seed: int) -> list[LabelledPicture]:
    """Return so many copies of every picture, each with other nuclei added; one seed gives one result.

    Args:
        pictures: as networks see them: nuclei light, of normal size.
        copies: of each.
        seed: of everything that is drawn.
    """
    made = []
    for index, picture in enumerate(pictures):
        cuts = _cuts(picture) if copies else []
        for copy in range(copies):
            rng = np.random.default_rng((seed, index, copy))
            made.append(_with_more(picture, cuts, f"{picture.name}_crowded_{copy}", rng))
    return made


def _with_more(picture: LabelledPicture, cuts: Sequence[Cut], name: str, rng: np.random.Generator) -> LabelledPicture:
    numbers, pixels = picture.layers[0].copy(), picture.pixels.astype(np.float32)
    highest = int(numbers.max())
    wanted = max(round(ADDED_SHARE * len(cuts)), FEWEST_ADDED) if cuts else 0
    for number in range(highest + 1, highest + 1 + wanted):
        light, mask = _turned(cuts[int(rng.integers(len(cuts)))], rng)
        corner = place(numbers, mask, number, beside_share=BESIDE_SHARE, tries=TRIES, rng=rng)
        if corner is not None:
            within, part = overlap_of(mask.shape, corner, numbers.shape)
            pixels[within] = np.maximum(pixels[within], light[part])
    return marked_instances(name, pixels.clip(0, 255).astype(np.uint8), numbers, picture.groups)


def _cuts(picture: LabelledPicture) -> list[Cut]:
    """Return the nuclei that lie whole and alone in a picture."""
    numbers = picture.layers[0]
    found = []
    for number, box in numbered_boxes(numbers):
        wide = tuple(slice(side.start - _MARGIN, side.stop + _MARGIN) for side in box)
        if any(side.start < 0 or side.stop > length for side, length in zip(wide, numbers.shape, strict=True)):
            continue
        mask = numbers[wide] == number
        reach = ndimage.binary_dilation(mask, iterations=GLOW_PIXELS)
        if np.isin(numbers[wide][reach], (0, number)).all():
            share = ndimage.gaussian_filter(reach.astype(np.float32), SOFTNESS_PIXELS)
            found.append((picture.pixels[wide] * share[..., None], mask))
    return found


def _turned(cut: Cut, rng: np.random.Generator) -> Cut:
    """Return a nucleus mirrored and turned anyhow, darker or lighter."""
    quarters, is_mirrored = int(rng.integers(4)), rng.random() < 0.5
    light, mask = (np.rot90(array[::-1] if is_mirrored else array, quarters) for array in cut)
    return light * np.float32(np.exp(rng.uniform(*np.log((DIMMEST, BRIGHTEST))))), mask
