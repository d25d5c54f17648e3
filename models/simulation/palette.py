"""Colours of the things in a scene, each with an index that the canvas stores."""

from dataclasses import dataclass

import numpy as np

from models.simulation.body import Clothing

SKINS = ((241, 205, 180), (224, 172, 138), (198, 134, 96), (150, 98, 66), (104, 66, 46), (70, 46, 36))
HAIRS = ((30, 24, 22), (66, 44, 30), (120, 84, 48), (168, 160, 150), (206, 200, 196))
GOWNS = ((188, 210, 226), (206, 220, 206), (214, 206, 222), (226, 220, 196), (150, 190, 208), (222, 222, 226))
SCRUBS = ((38, 94, 132), (30, 110, 104), (66, 60, 118), (52, 120, 160), (110, 44, 70), (226, 230, 232), (40, 52, 74))
BLANKETS = ((226, 228, 230), (176, 202, 222), (200, 214, 190), (222, 206, 170), (120, 150, 186), (188, 160, 170))
WALLS = ((214, 214, 206), (198, 210, 214), (222, 212, 190), (188, 204, 190), (206, 200, 212), (228, 226, 222))
FLOORS = ((150, 144, 136), (122, 132, 140), (168, 150, 124), (110, 106, 102), (146, 158, 152), (182, 176, 168))
CHAIRS = ((70, 92, 110), (112, 74, 60), (60, 104, 86), (140, 120, 96), (82, 76, 98), (44, 48, 56))
METALS = ((196, 200, 204), (150, 156, 162), (224, 226, 228))
WOODS = ((176, 140, 100), (206, 184, 150), (132, 98, 70), (220, 218, 212))


@dataclass(frozen=True)
class SceneColours:
    """Palette indices of furniture and room."""

    floor: int
    tile: int
    ceiling: int
    walls: tuple[int, int]
    door: int
    window: int
    screen: int
    mattress: int
    bed_frame: int
    blanket: int
    pillow: int
    metal: int
    wood: int
    chair: int
    chair_cushion: int
    device: int
    curtain: int
    bag: int


class Palette:
    """Hands out indices for colours drawn at random within what hospitals look like."""

    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._colours: list[np.ndarray] = [np.array((20.0, 20.0, 24.0))]

    @property
    def colours(self) -> np.ndarray:
        """Every colour so far, float32 RGB in 0..255, shape (N, 3)."""
        return np.array(self._colours, np.float32)

    def add(self, choices: tuple[tuple[int, int, int], ...], spread: float = 10.0) -> int:
        """Return the index of a new colour near one of the choices."""
        colour = np.array(choices[int(self._rng.integers(len(choices)))], float)
        return self.add_exactly(colour + self._rng.normal(0, spread, 3))

    def add_exactly(self, colour: np.ndarray) -> int:
        """Return the index of this colour."""
        self._colours.append(np.clip(colour, 4, 252))
        return len(self._colours) - 1

    def variant(self, index: int, factor: float) -> int:
        """Return the index of a lighter or darker variant of a colour."""
        return self.add_exactly(self._colours[index] * factor)

    def scene_colours(self) -> SceneColours:
        """Draw the colours of the room and its furniture."""
        floor, wall, chair = self.add(FLOORS), self.add(WALLS), self.add(CHAIRS)
        return SceneColours(
            floor=floor,
            tile=self.variant(floor, self._rng.uniform(0.8, 0.97)),
            ceiling=self.variant(wall, self._rng.uniform(1.0, 1.1)),
            walls=(wall, self.variant(wall, self._rng.uniform(0.85, 1.0))),
            door=self.add(WOODS),
            window=self.add(((236, 240, 246), (60, 70, 92))),
            screen=self.add(((20, 26, 32), (30, 60, 50))),
            mattress=self.add(((222, 226, 230), (150, 170, 196), (200, 206, 190))),
            bed_frame=self.add((*METALS, (206, 190, 160), (110, 130, 150))),
            blanket=self.add(BLANKETS),
            pillow=self.add(((236, 236, 238), (210, 222, 230))),
            metal=self.add(METALS),
            wood=self.add(WOODS),
            chair=chair,
            chair_cushion=self.variant(chair, self._rng.uniform(1.05, 1.3)),
            device=self.add(((210, 212, 214), (90, 98, 108), (190, 204, 210))),
            curtain=self.add(((160, 190, 206), (204, 196, 170), (176, 200, 176), (190, 176, 200))),
            bag=self.add(((220, 226, 232), (200, 190, 140))),
        )

    def patient_clothing(self) -> Clothing:
        """Draw a patient: gown, bare arms and legs, socks or bare feet."""
        skin, gown = self.add(SKINS, 6), self.add(GOWNS)
        feet = skin if self._rng.random() < 0.5 else self.add(((190, 60, 60), (220, 220, 220), (80, 90, 120)))
        hair = self.add(HAIRS, 8)
        return Clothing(skin, hair, gown, gown, gown, skin, feet, skin)

    def staff_clothing(self) -> Clothing:
        """Draw a member of staff: scrubs, sometimes another top, sometimes a cap and gloves."""
        skin, scrubs = self.add(SKINS, 6), self.add(SCRUBS)
        top = self.add(SCRUBS) if self._rng.random() < 0.3 else scrubs
        hair = self.add(SCRUBS) if self._rng.random() < 0.25 else self.add(HAIRS, 8)
        hands = self.add(((90, 110, 190), (210, 210, 220))) if self._rng.random() < 0.4 else skin
        shoes = self.add(((40, 42, 48), (210, 210, 212), (90, 60, 60)))
        return Clothing(skin, hair, top, top, scrubs, scrubs, shoes, hands)
