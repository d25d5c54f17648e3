"""The colours of one operation: tissue, instruments and the camera's own idea of them."""

from dataclasses import dataclass

import numpy as np

Colour = tuple[float, float, float]
"""Red, green and blue, 0..255."""

_GALLBLADDERS = ((122, 138, 92), (176, 150, 112), (158, 112, 100), (138, 150, 128))
_METALS = ((150, 152, 158), (92, 94, 98), (52, 54, 58), (112, 122, 138))
_BAGS = ((214, 222, 226), (150, 186, 206), (226, 214, 150), (176, 214, 176))
_CLIPS = ((206, 208, 214), (150, 110, 190), (120, 190, 150), (220, 190, 90))
_BANDS = ((40, 70, 150), (160, 140, 40), (30, 30, 32), (140, 40, 40), (200, 200, 200))
_DRAPES = ((60, 110, 140), (70, 130, 100), (90, 110, 150))


@dataclass(frozen=True)
class Palette:
    """Colours as the camera shows them."""

    liver: Colour
    gallbladder: Colour
    fat: Colour
    peritoneum: Colour
    raw: Colour
    blood: Colour
    metal: Colour
    shaft: Colour
    band: Colour
    clip: Colour
    bag: Colour
    drape: Colour


def draw_palette(rng: np.random.Generator) -> Palette:
    """Draw the colours of an operation: those of each thing vary, and the camera tints and lights them all."""
    tint = np.exp(rng.normal(0, (0.05, 0.05, 0.08))) * rng.uniform(0.85, 1.12)
    saturation = rng.uniform(0.8, 1.2)

    def draw(*bases: Colour, spread: float = 0.1) -> Colour:
        colour = np.array(bases[int(rng.integers(len(bases)))]) * np.exp(rng.normal(0, spread, 3))
        colour = colour.mean() + (colour - colour.mean()) * saturation
        red, green, blue = np.clip(colour * tint, 4, 250)
        return float(red), float(green), float(blue)

    return Palette(
        liver=draw((112, 42, 34), (134, 62, 46), (92, 40, 40)),
        gallbladder=draw(*_GALLBLADDERS, spread=0.06),
        fat=draw((212, 172, 92), (222, 188, 128), (196, 146, 84)),
        peritoneum=draw((186, 108, 92), (206, 136, 112)),
        raw=draw((150, 58, 44), (128, 48, 40)),
        blood=draw((112, 10, 8), (132, 14, 14)),
        metal=draw((186, 188, 190), (160, 164, 168), spread=0.015),
        shaft=draw(*_METALS, spread=0.03),
        band=draw(*_BANDS),
        clip=draw(*_CLIPS, spread=0.06),
        bag=draw(*_BAGS, spread=0.06),
        drape=draw(*_DRAPES),
    )
