"""Reads what a run is made of from a YAML file; a wrong key or value is named with its file."""

from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from models.key_problems import explain
from models.yaml_lines import LinedYaml, read_lined_yaml

KIND_KEY = "kind"


class Section(BaseModel):
    """A group of keys that refuses those it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class RunConfig(Section):
    """What every training run says, of whatever kind."""

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")  # of the model, and of its files

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a run from YAML; the key `kind`, which chose the class, is left out.

        Raises:
            ValueError: the file cannot be read, or a key or value is wrong; one line `file:line: key: reason` for
                each.
        """
        content = _read(path)
        values = {key: value for key, value in content.values.items() if key != KIND_KEY}
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            raise ValueError(explain(error, content)) from error


def read_kind(path: Path) -> object:
    """Return the value of the file's key `kind`, or None.

    Raises:
        ValueError: the file cannot be read or holds no keys.
    """
    return _read(path).values.get(KIND_KEY)


def _read(path: Path) -> LinedYaml:
    content = read_lined_yaml(path)
    if not isinstance(content.values, dict):
        raise ValueError(f"{path}:1: a training configuration must hold keys and values")
    return content
