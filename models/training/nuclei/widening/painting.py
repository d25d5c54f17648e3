"""Teaches a painter the look of some pictures of nuclei, and lets it paint nuclei that never were.

Source: as `models.networks.pix2pix`: vanilla GAN and a hundredfold L1 loss, Adam with beta1 0.5 at 0.0002; here at
0.001, since there are few steps.
"""

from collections.abc import Sequence

import numpy as np
import torch
from scipy import ndimage
from torch import Tensor
from torch.nn import functional as F

from models.networks.nuclei import NORMAL_DIAMETER
from models.networks.pix2pix import Critic, Painter
from models.segmentation.network_input import to_network_input
from models.training.nuclei.material import rims_and_insides
from models.training.phases import Show
from models.training.pictures.batches import Views
from models.training.pictures.labelled import LabelledPicture
from models.training.pictures.views import STILL
from models.training.replicas import fast_arithmetic

DRAWING_CHANNELS = 4
"""Inside, rim, depth within the nucleus, noise."""
L1_SHARE = 100.0
LEARNING_RATE = 0.001
BETAS = (0.5, 0.999)
VIEWS = STILL.model_copy(update={"mirror": True, "turn": True, "scales": (0.8, 1.25)})
"""What a painter sees keeps its colours: they are what it learns."""


class LookPainter:
    """Paints one look; one seed gives one painter."""

    def __init__(self, pictures: Sequence[LabelledPicture], *, crop: tuple[int, int], width: float, seed: int) -> None:
        torch.manual_seed(seed)
        self.painter = Painter(DRAWING_CHANNELS, width=width).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.critic = Critic(DRAWING_CHANNELS + 3)
        self._views = Views(pictures, crop, VIEWS, seed)
        self._rng = np.random.default_rng(seed)
        self._optimisers = [
            torch.optim.Adam(network.parameters(), LEARNING_RATE, BETAS) for network in (self.painter, self.critic)
        ]

    def learn(self, *, steps: int, batch_size: int, show: Show) -> None:
        """Let painter and critic learn from each other."""
        for step in range(steps):
            views = self._views.draw(step, batch_size)
            drawings = torch.from_numpy(np.stack([drawing_of(view.layers[0], self._rng) for view in views]))
            pictures = to_network_input(torch.from_numpy(np.stack([view.pixels for view in views])), num_channels=3)
            paintings = self._painted(drawings)
            self._step(1, self._critic_loss(drawings, pictures, paintings.detach()))
            believed = self.critic(drawings, paintings)
            self._step(0, _called(believed, real=True) + L1_SHARE * F.l1_loss(paintings, pictures))
            show(step + 1, steps)

    @torch.inference_mode()
    def paint(self, numbers: np.ndarray) -> np.ndarray:
        """Return a picture of numbered nuclei (H, W), uint8 RGB, (H, W, 3).

        The painter keeps to the statistics of what it paints, as in training (Isola et al. 2017).
        """
        drawing = torch.from_numpy(drawing_of(numbers, self._rng)[None])
        shades = (self._painted(drawing)[0] + 1) * 127.5
        return np.asarray(shades.permute(1, 2, 0).round().clamp(0, 255).to(torch.uint8).numpy())

    def _painted(self, drawings: Tensor) -> Tensor:
        with fast_arithmetic(length=drawings.shape[2]):
            paintings: Tensor = self.painter.train()(drawings.contiguous(memory_format=torch.channels_last))
        return paintings.float()

    def _critic_loss(self, drawings: Tensor, pictures: Tensor, paintings: Tensor) -> Tensor:
        real, painted = self.critic(drawings, pictures), self.critic(drawings, paintings)
        return (_called(real, real=True) + _called(painted, real=False)) / 2

    def _step(self, which: int, loss: Tensor) -> None:
        self._optimisers[which].zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        self._optimisers[which].step()


def drawing_of(numbers: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return what a painter is told of numbered nuclei (H, W), float32, (4, H, W)."""
    classes = rims_and_insides(numbers)
    depth = ndimage.distance_transform_edt(np.pad(classes == 1, 1))[1:-1, 1:-1] / (NORMAL_DIAMETER / 2)
    noise = rng.standard_normal(numbers.shape)
    return np.stack([classes == 1, classes == 2, depth, noise]).astype(np.float32)


def _called(logits: Tensor, *, real: bool) -> Tensor:
    return F.binary_cross_entropy_with_logits(logits, torch.full_like(logits, float(real)))
