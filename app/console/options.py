"""Options that many commands have."""

from pathlib import Path
from typing import Annotated

import typer

ConfigOption = Annotated[Path | None, typer.Option("--config", help="YAML file with settings that differ.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
