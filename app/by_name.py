"""Classes and functions by name: a module is imported only when what it holds is used."""

from importlib import import_module
from typing import Any


def named(name: str) -> Any:
    """Return the class or function that `module:name` stands for."""
    module, _, attribute = name.partition(":")
    return getattr(import_module(module), attribute)


def name_of(thing: type) -> str:
    """Return the name by which `named` finds a class."""
    return f"{thing.__module__}:{thing.__qualname__}"
