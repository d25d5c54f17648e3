"""Reads what a run is made of from a YAML file; a wrong key or value is named with its file."""

from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

KIND_KEY = "kind"


class Section(BaseModel):
    """A group of keys that refuses those it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class RunConfig(Section):
    """What every training run says, of whatever kind."""

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")  # of the model, and of its files


Config = TypeVar("Config", bound=Section)


def load_config(path: Path, config_class: type[Config]) -> Config:
    """Read a configuration from YAML; the key `kind`, which chose the class, is left out.

    Raises:
        ValueError: the file cannot be read, or a key or value is wrong; the message names file and key.
    """
    values = _read(path)
    values.pop(KIND_KEY, None)
    try:
        return config_class(**values)
    except ValidationError as error:
        raise ValueError(_explain(error, path)) from error
    except TypeError as error:
        raise ValueError(f"{path}: every key must be a text: {error}") from error


def read_kind(path: Path) -> object:
    """Return the value of the file's key `kind`, or None.

    Raises:
        ValueError: the file cannot be read or holds no keys.
    """
    return _read(path).get(KIND_KEY)


def _read(path: Path) -> dict[str, Any]:
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ValueError(f"the training configuration {path} cannot be read: {' '.join(str(error).split())}") from error
    if not isinstance(values, dict):
        raise ValueError(f"the training configuration {path} must hold keys and values, got {type(values).__name__}")
    return values


def _explain(error: ValidationError, path: Path) -> str:
    problems = error.errors(include_input=False, include_url=False)
    keys = [".".join(str(part) for part in problem["loc"]) or "(whole file)" for problem in problems]
    texts = ["unknown key" if problem["type"] == "extra_forbidden" else problem["msg"] for problem in problems]
    return "\n".join(f"{path}: {key}: {text}" for key, text in zip(keys, texts, strict=True))
