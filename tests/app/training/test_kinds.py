"""Kinds of training run: every name leads to a configuration and to what carries it out."""

import inspect
import typing
from pathlib import Path

import pytest

from app.by_name import named
from app.training.kinds import KINDS, kind_of
from models.config_file import RunConfig
from models.predictor import ModelCard
from models.training.phases import Phases

SHIPPED = sorted(Path("configs/train").glob("*.yaml"))


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_has_a_configuration_and_what_carries_it_out(name: str) -> None:
    config, runner = named(KINDS[name].config), named(KINDS[name].runner)
    assert issubclass(config, RunConfig)
    types = typing.get_type_hints(runner)
    takes, *others = [types[parameter] for parameter in inspect.signature(runner).parameters]
    assert issubclass(config, takes)
    assert others == [Path, Phases]
    assert types["return"] is ModelCard


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_shipped_configurations_are_read_by_their_kind(path: Path) -> None:
    kind = kind_of(path)
    assert isinstance(kind.load(path), named(kind.config))
