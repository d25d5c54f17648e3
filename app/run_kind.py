"""One kind of run, of training or of evaluation: what it is told, and what carries it out."""

from dataclasses import dataclass
from pathlib import Path

from app.by_name import named
from models.config_file import RunConfig


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
