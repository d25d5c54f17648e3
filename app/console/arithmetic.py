"""The option `--arithmetic` of commands that run models."""

from typing import cast, get_args

from app.console.exits import EXIT_WRONG_USE, fail
from models.predictor import Arithmetic


def chosen_arithmetic(name: str) -> Arithmetic:
    """Return what was asked for; end the program when there is no such arithmetic."""
    if name not in get_args(Arithmetic):
        fail(f"--arithmetic must be {' or '.join(get_args(Arithmetic))}, got {name!r}", EXIT_WRONG_USE)
    return cast("Arithmetic", name)
