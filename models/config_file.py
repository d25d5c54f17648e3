"""Reads what a run is made of, of training or of evaluation, from YAML; what is wrong is named with file and line."""

from pathlib import Path
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, ValidationInfo

from models.key_problems import explain
from models.yaml_lines import LinedYaml, read_lined_yaml

KIND_KEY = "kind"
_FOLDER = "folder"
_SELECTOR = "#"


class Section(BaseModel):
    """A group of keys that refuses those it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class RunConfig(Section):
    """What every run says, of whatever kind."""

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")  # of the model or the report, and of its files

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
            return cls.model_validate(values, context={_FOLDER: path.parent})
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
        raise ValueError(f"{path}:1: a configuration must hold keys and values")
    return content


def _anchored(place: Path, info: ValidationInfo) -> Path:
    return (info.context[_FOLDER] / place).resolve() if info.context else place


def _anchored_location(location: str, info: ValidationInfo) -> str:
    path, mark, selector = location.partition(_SELECTOR)
    return f"{_anchored(Path(path), info)}{mark}{selector}"


AnchoredPath = Annotated[Path, AfterValidator(_anchored)]
"""A path which, where it is relative, starts at the configuration file that names it."""

AnchoredLocation = Annotated[str, AfterValidator(_anchored_location)]
"""Likewise a file, a folder, or with `#` one of several data sets in a file: scan.h5#raw."""
