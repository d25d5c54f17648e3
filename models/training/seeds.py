"""Simulated material by its seeds: a part of a run takes seeds in a row, and no two parts share one."""

from collections.abc import Mapping
from typing import Generic, Self, TypeVar

from pydantic import Field, model_validator

from models.config_file import Section


class SeedRow(Section):
    """What is simulated from so many seeds in a row."""

    first: int = Field(ge=0)  # seed
    count: int = Field(ge=1)

    @property
    def seeds(self) -> range:
        return range(self.first, self.first + self.count)


Row = TypeVar("Row", bound=SeedRow)


class SeedParts(Section, Generic[Row]):
    """What is learned from, what is chosen by, and what is measured on; no seed twice."""

    train: Row
    validation: Row  # whatever is chosen is chosen on these: weights, thresholds, rules
    test: Row  # metrics are measured on these

    @property
    def parts(self) -> tuple[Row, ...]:
        return self.train, self.validation, self.test

    @model_validator(mode="after")
    def _no_seed_twice(self) -> Self:
        require_no_seed_twice({name: row for name, row in self if isinstance(row, SeedRow)})
        return self


def require_no_seed_twice(parts: Mapping[str, SeedRow]) -> None:
    """Return when no two parts share a seed: what is measured must not have been learned from.

    Raises:
        ValueError: two do; the message names all parts.
    """
    seeds = [seed for part in parts.values() for seed in part.seeds]
    if len(set(seeds)) != len(seeds):
        *others, last = parts
        raise ValueError(f"{', '.join(others)} and {last} must not share a seed")
