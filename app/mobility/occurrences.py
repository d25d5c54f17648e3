"""The mobilisations of an analysed video as a table: start, end, length and how many of the staff took part."""

import csv
from collections.abc import Sequence
from pathlib import Path

from models.mobility import ACTIVITIES
from models.predictor import ModelCard
from stream.analysis import AnalysedVideo, Product

NETWORK = "mobility"
"""Models of this network tell mobilisations, whatever name they bear."""


class OccurrenceTable:
    """Writes `<input>_mobility.csv`: one line an occurrence, in order of time."""

    suffix = "_mobility.csv"

    def __init__(self, model: str) -> None:
        self._model = model

    def make(self, path: Path, video: AnalysedVideo) -> None:
        own = [event for event in video.events if event.model == self._model and event.label in ACTIVITIES]
        with path.open("w", newline="", encoding="utf-8") as file:
            table = csv.writer(file)
            table.writerow(("activity", "start_seconds", "end_seconds", "duration_seconds", "personnel", "score"))
            for event in sorted(own, key=lambda event: event.start_seconds):
                end = event.start_seconds if event.end_seconds is None else event.end_seconds
                times = (event.start_seconds, end, end - event.start_seconds)
                people = "" if event.people is None else event.people
                table.writerow(
                    (event.label, *(f"{seconds:.3f}" for seconds in times), people, f"{event.peak_score:.4f}")
                )


def mobility_products(cards: Sequence[ModelCard]) -> list[Product]:
    """Return what an analysis also makes when a model of it tells mobilisations."""
    name = next((card.name for card in cards if card.network == NETWORK), None)
    return [] if name is None else [OccurrenceTable(name)]
