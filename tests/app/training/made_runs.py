"""Training runs at the smallest scale, through the command line."""

from pathlib import Path
from typing import Any

import yaml
from typer.testing import CliRunner

from app.cli import app

CONFIG: dict[str, Any] = {
    "kind": "classification",
    "name": "squares",
    "network": "r2plus1d_18",
    "network_options": {"width": 0.1},
    "data": {"layout": "folder_per_class", "videos": "data"},
    "labels": ["still", "left", "right"],
    "clip": {"num_frames": 8, "frame_rate_hz": 8, "stride_seconds": 0.5, "short_side": 32},
    "crop": [32, 40],
    "fit": {"steps": 12, "batch_size": 4, "learning_rate": 0.003, "validate_every": 4, "checkpoint_every": 5},
    "card": dict.fromkeys(("preprocessing", "licence", "intended_use", "training", "limits"), "test"),
}


def write_config(
    folder: Path, *, only: dict[str, Any] | None = None, without: tuple[str, ...] = (), **changes: Any
) -> Path:
    """Write a configuration: CONFIG with changes, or something else altogether."""
    path = folder / "config.yaml"
    values = only or {name: value for name, value in {**CONFIG, **changes}.items() if name not in without}
    path.write_text(yaml.safe_dump(values))
    return path


def train(config: Path, out: str = "out", *options: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["train", str(config), "--out", str(config.parent / out), *options])
    return result.exit_code, result.output
