"""Simulated material by its seeds: a part of a run takes seeds in a row, and no two parts share one."""

from collections.abc import Mapping

from pydantic import Field

from models.training.config_file import Section


class SeedRow(Section):
    """What is simulated from so many seeds in a row."""

    first: int = Field(ge=0)  # seed
    count: int = Field(ge=1)

    @property
    def seeds(self) -> range:
        return range(self.first, self.first + self.count)


def require_no_seed_twice(parts: Mapping[str, SeedRow]) -> None:
    """Return when no two parts share a seed: what is measured must not have been learned from.

    Raises:
        ValueError: two do; the message names all parts.
    """
    seeds = [seed for part in parts.values() for seed in part.seeds]
    if len(set(seeds)) != len(seeds):
        *others, last = parts
        raise ValueError(f"{', '.join(others)} and {last} must not share a seed")
