"""Lesions in 18F-FET PET of brains, as a model that reads volumes."""

from pathlib import Path

import numpy as np
import torch
from torch import nn

from models.imaging.answer import Finding, ImagingAnswer, Progress, Reading
from models.imaging.picture import Image
from models.imaging.volume import StoredVolume
from models.imaging.volume_needs import VolumeNeeds
from models.pet.head_window import HeadWindow, find_head
from models.pet.lesion_mask import MaskRule, lesions_on
from models.predictor import ModelCard
from models.predictors.trained import stored_network
from models.results import Measurement
from models.runtime.options import RuntimeOptions, choose_device

LESION = "lesion"
NEEDS = VolumeNeeds(modalities=("PT",), unit="SUV", least_voxels=(16, 32, 32))
_STEPS = 3


class PetLesions:
    """Finds the lesions of a scan and returns them on its own grid."""

    accepts: type[Image] | type[StoredVolume] = StoredVolume
    needs: VolumeNeeds | None = NEEDS

    def __init__(self, card: ModelCard, network: nn.Module, rule: MaskRule, *, device: str = "cpu") -> None:
        self.card, self.name = card, card.name
        self._network, self._rule, self._device = network.to(device).eval(), rule, device

    def read(self, sample: Image | StoredVolume, *, scratch: Path) -> Reading:
        """Read one scan as `ImagingModel.read` says."""
        if not isinstance(sample, StoredVolume):
            raise ValueError(f"{sample.source_id}: required a volume (PET), found a picture; choose another model")
        NEEDS.require(sample)
        voxels = sample.load().voxels[0]
        yield Progress(1, _STEPS, "steps")
        try:
            window = find_head(voxels, sample.grid)
        except ValueError as error:
            raise ValueError(f"{sample.source_id}: {error}") from error
        probabilities = lesion_probabilities(self._network, window, self._device)
        yield Progress(2, _STEPS, "steps")
        labels = lesions_on(voxels, sample.grid, window, probabilities, self._rule)
        findings = tuple(_found(number, labels, voxels, sample, window) for number in range(1, int(labels.max()) + 1))
        yield Progress(_STEPS, _STEPS, "steps")
        return ImagingAnswer(
            names={found.number: LESION for found in findings},
            labels=labels,
            scores={found.number: found.score for found in findings},
            findings=tuple(sorted(findings, key=lambda found: -found.score)),
            measurements=(
                Measurement("lesions", float(len(findings)), "count"),
                Measurement("lesion_volume", float((labels > 0).sum() * sample.grid.voxel_mm3), "mm3"),
                Measurement("brain_uptake", window.brain_suv, "SUV"),
            ),
            remarks=sample.remarks,
        )


def build_pet_lesion(card: ModelCard, options: RuntimeOptions) -> PetLesions:
    """Return the model of a card.

    Raises:
        ValueError: there are no weights, or damaged ones.
    """
    if options.threads:
        torch.set_num_threads(options.threads)
    rule = MaskRule(**card.serving_options)
    return PetLesions(card, stored_network(card), rule, device=choose_device(options.device))


@torch.inference_mode()
def lesion_probabilities(network: nn.Module, window: HeadWindow, device: str = "cpu") -> np.ndarray:
    """Return the probability that a voxel belongs to a lesion, float32 of the window's shape.

    The scan is read as it is and mirrored left to right, and both answers are averaged.
    """
    ratios = torch.from_numpy(to_input(window))[None].to(device)
    both = [network(ratios), network(ratios.flip(4)).flip(4)]
    return np.asarray(sum(logits.float().sigmoid() for logits in both)[0, 0].cpu().numpy() / 2)


def to_input(window: HeadWindow) -> np.ndarray:
    """Return what the network reads of a window: uptake about 0 in the brain, float32, (1, D, H, W)."""
    return np.asarray(window.ratios[None] - 1.0, np.float32)


def _found(number: int, labels: np.ndarray, voxels: np.ndarray, sample: StoredVolume, window: HeadWindow) -> Finding:
    """Return a lesion; its score is how far its uptake stands out, half where it is 1.6 times the brain's."""
    mask = labels == number
    x, y, z = (float(value) for value in sample.grid.positions_mm(np.argwhere(mask).mean(0)[None])[0])
    ratio = float(voxels[mask].mean()) / window.brain_suv
    volume = float(mask.sum()) * sample.grid.voxel_mm3
    score = 1 / (1 + np.exp(-4 * (ratio - 1.6)))
    return Finding(LESION, float(score), (x, y, z), (6 * volume / np.pi) ** (1 / 3), number)
