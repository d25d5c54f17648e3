"""`vigil train` for nuclei: a whole run at the smallest scale, and the model that comes out."""

from pathlib import Path

import numpy as np
import pytest
import yaml

from models.imaging.finished import finish
from models.nuclei.pipeline import Stages
from models.predictor import ModelCard
from models.registry import build_imaging_model
from models.samples import Image
from models.training.nuclei.judging import ablations
from tests.app.training.made_pictures import disc_picture, write_label_maps
from tests.app.training.made_runs import train

FIT = {"steps": 3, "batch_size": 2, "learning_rate": 0.002, "validate_every": 3, "checkpoint_every": 2}


@pytest.mark.slow
def test_a_run_measures_every_stage_and_gives_a_model_that_is_served(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIGIL_MODELS_DIR", str(tmp_path / "models"))
    write_label_maps(tmp_path / "data", 5)
    rows = "\n".join(f"p{seed},{('dark', 'light')[seed % 2]}" for seed in range(5))
    (tmp_path / "table.csv").write_text(f"id,kind\n{rows}\n")
    config = {
        "kind": "nuclei",
        "name": "few",
        "network_options": {"pyramid_width": 8, "fine_width": 4},
        "data": {"layout": "label_maps", "pictures": "data", "table": "table.csv", "spread_over": "kind"},
        "crop": [64, 64],
        "balance_over": "kind",
        "paintings": {
            "looks": 2,
            "pictures": 2,
            "size": [64, 64],
            "crop": [64, 64],
            "width": 0.125,
            "steps": 2,
            "batch_size": 2,
        },
        "fit": dict(FIT),
        "fit_on_all": dict(FIT),
        "card": dict.fromkeys(("preprocessing", "licence", "intended_use", "training", "limits"), "test"),
    }
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(config))
    code, output = train(tmp_path / "config.yaml", "out", "--install")
    assert code == 0, output
    card = ModelCard.load(tmp_path / "out" / "few.json")
    assert ablations(Stages()).keys() <= card.metrics.keys()
    assert 0 <= card.metrics["dsb_score"]["value"] <= 1
    assert "before the last steps" in card.metrics["measured_on"]

    pixels = disc_picture(9, size=80)[0]
    answer = finish(build_imaging_model("few", device="cpu").read(Image(pixels, "new"), scratch=tmp_path))
    assert answer.objects is not None
    assert answer.labels is not None
    assert answer.labels.shape == (80, 80)
    assert len(np.unique(answer.labels)) - 1 == len(answer.objects.boxes) == len(answer.scores)
