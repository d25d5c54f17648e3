"""Classes and functions by name: a module is imported only when what it holds is used."""

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from models.config_file import RunConfig


def named(name: str) -> Any:
    """Return the class or function that `module:name` stands for."""
    module, _, attribute = name.partition(":")
    return getattr(import_module(module), attribute)


def name_of(thing: type) -> str:
    """Return the name by which `named` finds a class."""
    return f"{thing.__module__}:{thing.__qualname__}"


@dataclass(frozen=True)
class RunKind:
    """How one kind of run reads its configuration and is carried out."""

    config: str
    """The class of its configuration, a `RunConfig`, as module:class."""
    runner: str
    """What carries it out, as module:function; takes the configuration, the folder to write into, and the phases."""

    def load(self, path: Path) -> RunConfig:
        """Read and check a configuration file.

        Raises:
            ValueError: the file cannot be read, or a key or value is wrong; the message names file and key.
        """
        config: RunConfig = named(self.config).load(path)
        return config
