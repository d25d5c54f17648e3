"""A training run for masks of nodules: slices are simulated, learned from, and a model of volumes is written."""

from contextlib import contextmanager
from pathlib import Path

import pytest
import yaml

from app.training.kinds import kind_of
from models.predictor import ModelCard

CARD = dict.fromkeys(("preprocessing", "licence", "intended_use", "training", "limits"), "a test")


def write_config(folder: Path) -> Path:
    config = {
        "kind": "nodule_mask",
        "name": "small_mask",
        "network_options": {
            "width": 0.0625,
            "min_size": None,
            "num_proposals": 8,
            "anchor_sizes": [8, 16, 32, 64, 128],
        },
        "scans": {
            **{
                part: {"first": 10 * index, "count": 1, "num_nodules": 4}
                for index, part in enumerate(("train", "validation", "test"))
            },
            **{"sizes": [128], "num_slices": 24, "every": 4, "patch": 96},
        },
        "crop": [64, 64],
        "tile": [900, 900],
        "overlap": 16,
        "fit": {"steps": 2, "batch_size": 2, "learning_rate": 0.001, "validate_every": 2, "precision": "fp32"},
        "card": CARD,
        "threads": 1,
    }
    path = folder / "run.yaml"
    path.write_text(yaml.safe_dump(config))
    return path


@contextmanager
def silent(name: str):  # type: ignore[no-untyped-def]
    yield lambda done, total, note="": None


@pytest.mark.slow
def test_a_run_writes_a_model_of_volumes_in_16_bits(tmp_path: Path) -> None:
    path = write_config(tmp_path)
    kind = kind_of(path)
    card = kind.run(kind.load(path), tmp_path / "out", silent)
    assert (card.network, card.reads) == ("nodule_mask", "volume")
    assert ModelCard.load(tmp_path / "out" / "small_mask.json") == card
    assert list((tmp_path / "out" / "slices" / "train").glob("*_labels.png"))
