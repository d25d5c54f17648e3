"""What an analysis also makes when a model of it says surgical phases."""

from collections.abc import Sequence

from app.surgery.elan import ElanDocument
from app.surgery.phase_files import Cholec80Text, PhaseTable
from app.surgery.phase_track import says_phases
from app.surgery.ribbon import PhaseRibbon
from models.predictor import ModelCard
from stream.analysis import Product


def phase_products(cards: Sequence[ModelCard]) -> list[Product]:
    """Return the table, the Cholec80 text, the ELAN document and the picture of the first model that says phases."""
    name = next((card.name for card in cards if says_phases(card)), None)
    return [] if name is None else [PhaseTable(name), Cholec80Text(name), ElanDocument(name), PhaseRibbon(name)]
