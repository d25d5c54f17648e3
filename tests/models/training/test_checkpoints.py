"""What a training run must be told by, so that its state is never taken for another's."""

from typing import Any

import pytest

from models.training.checkpoints import fingerprint
from models.training.nuclei.config import NucleiConfig

CONFIG: dict[str, Any] = {
    "name": "small",
    "data": {"layout": "label_maps", "pictures": "pictures"},
    "fit": {"steps": 4, "batch_size": 2, "learning_rate": 0.01},
    "card": {
        "preprocessing": "none",
        "licence": "Apache-2.0",
        "intended_use": "a test",
        "training": "four steps",
        "limits": "all there are",
    },
}
DATA = ("one.png", "two.png")


def fingerprint_with(**changes: Any) -> str:
    return fingerprint("loss", NucleiConfig.model_validate({**CONFIG, **changes}), DATA)


def test_a_run_is_the_same_whatever_its_card_says_of_the_model() -> None:
    assert fingerprint_with(card={**CONFIG["card"], "limits": "said better"}) == fingerprint_with()


@pytest.mark.parametrize("changes", [{"seed": 1}, {"crop": (96, 96)}, {"fit": {**CONFIG["fit"], "steps": 5}}])
def test_a_run_of_another_configuration_is_another(changes: dict[str, Any]) -> None:
    assert fingerprint_with(**changes) != fingerprint_with()


def test_other_data_or_another_stage_make_another_run() -> None:
    config = NucleiConfig.model_validate(CONFIG)
    prints = {
        fingerprint(*given) for given in (("loss", config, DATA), ("loss", config, DATA[:1]), ("end", config, DATA))
    }
    assert len(prints) == 3
