"""The ultrasound machine: speckle, attenuation, dropout, gain, and the marks that it writes into its picture."""

from dataclasses import dataclass

import cv2
import numpy as np

from models.simulation.echo.marks import Marks
from models.simulation.echo.painter import Painter
from models.simulation.echo.probe import NUM_LINES, NUM_SAMPLES, Fan

BANK_SIZE = 512
BANK_CM = 0.03
"""Size of one cell of the bank of scatterers."""
FIBRE_CM = 0.35
"""Size of one cell of the bank of fibres, which make one part of a muscle brighter than the next."""


@dataclass(frozen=True)
class Settings:
    """How the machine is set."""

    dynamic_range_db: float
    gain_db: float
    attenuation_db_cm: float
    """What the gain by depth leaves uncorrected."""
    noise_db: float
    gamma: float
    frame_average: float
    """Share of the frame before in what is shown."""
    tint: tuple[float, float, float]

    @classmethod
    def draw(cls, rng: np.random.Generator) -> "Settings":
        return cls(
            dynamic_range_db=float(rng.uniform(34, 58)),
            gain_db=float(rng.uniform(-5, 7)),
            attenuation_db_cm=float(rng.uniform(-0.3, 0.9)),
            noise_db=float(rng.uniform(-75, -50)),
            gamma=float(rng.uniform(0.7, 1.7)),
            frame_average=float(rng.choice((0.0, 0.0, 0.25, 0.45))),
            tint=(1.0, 1.0, 1.0) if rng.random() < 0.8 else (1.0, *rng.uniform(0.8, 1.0, 2).tolist()),
        )


class Machine:
    """Turns painted tissue into the picture on the machine's screen."""

    def __init__(self, rng: np.random.Generator, fan: Fan) -> None:
        self._fan, self._settings = fan, Settings.draw(rng)
        white = rng.standard_normal((BANK_SIZE, BANK_SIZE, 2)).astype(np.float32)
        smooth = np.asarray(cv2.GaussianBlur(white, (0, 0), 1.2, borderType=cv2.BORDER_REFLECT), np.float32)
        self._bank = smooth / np.float32(smooth.std() * np.sqrt(2))
        self._fibres = rng.standard_normal((64, 64)).astype(np.float32) * np.float32(rng.uniform(1.0, 6.0))
        self._beam_lines, self._blur_lines = float(rng.uniform(0.7, 1.8)), float(rng.uniform(0.7, 2.2))
        self._loss_db, self._haze = self._draw_loss(rng), self._draw_haze(rng)
        self._maps = fan.scan_maps()
        self.grid_points = fan.grid_points()
        self._marks = Marks(rng, fan)

    def show(self, painter: Painter, material: tuple[np.ndarray, np.ndarray], noise: np.random.Generator) -> np.ndarray:
        """Return the fan's picture, uint8 grey (H, W).

        Args:
            painter: the tissue.
            material: where each grid point's tissue lies in the relaxed heart, x and y, cm.
            noise: for blood, which never looks the same twice, and for the electronics.
        """
        settings = self._settings
        speckle = self._speckle(material, painter.is_blood.astype(bool), noise)
        echo_db = painter.softened(self._blur_lines) + self._loss_db + self._fibre_db(material)
        amplitude = (np.exp(echo_db * np.float32(np.log(10) / 20)) + self._haze) * speckle
        amplitude += np.float32(10 ** (settings.noise_db / 20)) * self._electronics(noise)
        level_db = np.log(amplitude + np.float32(1e-6)) * np.float32(20 / np.log(10))
        shown = np.clip((level_db + settings.gain_db + settings.dynamic_range_db) / settings.dynamic_range_db, 0, 1)
        grey = (255 * shown**settings.gamma).astype(np.uint8)
        return np.asarray(cv2.remap(grey, *self._maps, cv2.INTER_LINEAR, borderValue=0))

    def average(self, grey: np.ndarray, before: np.ndarray) -> np.ndarray:
        """Return the picture mixed with the one before it, as many machines show it."""
        share = self._settings.frame_average
        return np.asarray(cv2.addWeighted(grey, 1 - share, before, share, 0)) if share else grey

    def screen(self, grey: np.ndarray, ecg: np.ndarray) -> np.ndarray:
        """Return the whole screen, uint8 RGB (H, W, 3), with the machine's own marks."""
        rgb = np.repeat(grey[..., None], 3, axis=-1)
        if self._settings.tint != (1.0, 1.0, 1.0):
            rgb = (rgb * np.array(self._settings.tint)).astype(np.uint8)
        self._marks.draw(rgb, ecg)
        return rgb

    def _speckle(
        self, material: tuple[np.ndarray, np.ndarray], is_blood: np.ndarray, noise: np.random.Generator
    ) -> np.ndarray:
        """Scatterers too small to see add up by chance: their sum has a random strength (Rayleigh)."""
        x, y = (np.asarray(axis / np.float32(BANK_CM)) for axis in material)
        field = cv2.remap(self._bank, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)
        top, left = noise.integers(0, (BANK_SIZE - NUM_SAMPLES, BANK_SIZE - NUM_LINES))
        fresh = self._bank[top : top + NUM_SAMPLES, left : left + NUM_LINES]
        np.copyto(field, fresh, where=is_blood[..., None])
        field = cv2.GaussianBlur(field, (0, 0), sigmaX=self._beam_lines, sigmaY=0.35)
        strength = np.hypot(field[..., 0], field[..., 1])
        return np.asarray(strength / max(float(np.sqrt((strength**2).mean())), 1e-6))

    def _fibre_db(self, material: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
        x, y = (np.asarray(axis / np.float32(FIBRE_CM)) for axis in material)
        return np.asarray(cv2.remap(self._fibres, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP))

    def _electronics(self, noise: np.random.Generator) -> np.ndarray:
        top, left = noise.integers(0, (BANK_SIZE - NUM_SAMPLES, BANK_SIZE - NUM_LINES))
        part = self._bank[top : top + NUM_SAMPLES, left : left + NUM_LINES, 0]
        rising = np.linspace(-1.5, 1.5, NUM_SAMPLES, dtype=np.float32)[:, None]  # the gain by depth lifts it
        return np.asarray(np.abs(part) * np.exp(rising))

    def _draw_loss(self, rng: np.random.Generator) -> np.ndarray:
        """What never reaches the probe: attenuation, weak lines at the fan's edge, ribs, walls along the beam."""
        lines = np.linspace(-1, 1, NUM_LINES)
        depth_cm = np.linspace(self._fan.near_cm, self._fan.depth_cm, NUM_SAMPLES)[:, None]
        patches = cv2.resize(rng.normal(0, 1, (6, 5)).astype(np.float32), (NUM_LINES, NUM_SAMPLES), interpolation=2)
        loss = patches * rng.uniform(1, 5) - self._settings.attenuation_db_cm * (depth_cm - 6)
        loss = loss - rng.uniform(0, 14) * np.abs(lines) ** rng.uniform(2, 5)
        for _ in range(int(rng.choice((0, 1, 2), p=(0.4, 0.4, 0.2)))):  # dropout, and the shadow of a rib
            centre, width = rng.choice((-1, 1)) * rng.uniform(0.35, 1.0), rng.uniform(0.08, 0.3)
            hidden = np.exp(-(((lines - centre) / width) ** 2)) * rng.uniform(5, 16)
            loss = loss - hidden * (depth_cm > rng.uniform(0.5, 6))
        return np.asarray(loss, np.float32)

    def _draw_haze(self, rng: np.random.Generator) -> np.ndarray:
        """Echoes of the chest wall that come back twice lie over everything near the probe."""
        depth_cm = np.linspace(self._fan.near_cm, self._fan.depth_cm, NUM_SAMPLES)[:, None]
        lines = np.linspace(-1, 1, NUM_LINES)
        patches = cv2.resize(rng.normal(0, 1, (5, 4)).astype(np.float32), (NUM_LINES, NUM_SAMPLES), interpolation=2)
        level_db = (
            rng.uniform(-52, -24) + 2.5 * patches - rng.uniform(2, 7) * np.maximum(depth_cm - rng.uniform(1, 5), 0)
        )
        skin_db = rng.uniform(-30, -2) - 14 * (depth_cm / rng.uniform(0.5, 1.6)) ** 2 + 0 * lines
        return np.asarray(10 ** (level_db / 20) + 10 ** (skin_db / 20), np.float32)
