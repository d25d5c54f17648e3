"""A training run for PET lesions: simulated scans alone, so nothing is read."""

from pathlib import Path

from app.training.curve_pictures import draw_curves
from models.predictor import ModelCard
from models.training.pet.config import PetLesionConfig
from models.training.phases import Phases


def run_pet(config: PetLesionConfig, out: Path, phases: Phases) -> ModelCard:
    """Carry out a training run and return the model's card; its curves lie beside it.

    Raises:
        ValueError: the network's options are wrong, or training diverged.
        OSError: the disk is full.
    """
    from models.training.pet.run import run_pet_lesion

    card = run_pet_lesion(config, out, phases)
    draw_curves(out)
    return card
