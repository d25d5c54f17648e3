from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
import torch
from torch import Tensor

from models.networks.cnn_rnn import CnnRnn
from models.registry import build_network

CELLS = ("rnn", "lstm", "gru")
STEPS = {"rnn_tanh": ("rnn", 1), "lstm": ("lstm", 1), "lstm2": ("lstm", 2), "gru": ("gru", 1)}


@pytest.fixture(scope="module", params=CELLS)
def network(request: pytest.FixtureRequest) -> CnnRnn:
    torch.manual_seed(1)
    return CnnRnn(4, cell=request.param, hidden_size=16).eval()


@pytest.mark.parametrize("case", STEPS)
def test_the_memory_equals_the_reference(
    case: str,
    reference_of: Callable[[str], dict[str, Any]],
    assert_like: Callable[[Tensor, dict[str, Any]], None],
    recipe: ModuleType,
) -> None:
    cell, num_layers = STEPS[case]
    expected = reference_of("rnn")["cases"][case]
    own = CnnRnn(4, cell=cell, hidden_size=16, num_layers=num_layers).rnn  # type: ignore[arg-type]
    memory = type(own)(32, 16, num_layers, batch_first=own.batch_first)
    memory.load_state_dict(recipe.fill_state_dict(expected["keys"], gain=1.0))
    with torch.inference_mode():
        outputs, state = memory(recipe.uniform_input("rnn_in", (2, 7, 32)))
    hidden, *rest = state if isinstance(state, tuple) else (state,)
    assert_like(outputs, expected["output"])
    assert_like(hidden, expected["h_n"])
    for inner in rest:
        assert_like(inner, expected["c_n"])


def test_the_vanilla_network_follows_its_two_equations() -> None:
    network = CnnRnn(4, hidden_size=16).eval()
    weights = network.state_dict()
    features = torch.rand(1, 6, 1280)
    hidden = torch.zeros(16)
    steps = []
    for seen in features[0]:
        hidden = torch.tanh(weights["rnn.weight_hh_l0"] @ hidden + weights["rnn.weight_ih_l0"] @ seen)
        steps.append(weights["fc.weight"] @ hidden)
    with torch.inference_mode():
        torch.testing.assert_close(network.step_logits(features)[0], torch.stack(steps))
    assert not [name for name in weights if not name.startswith("cnn.") and "bias" in name]


def test_a_video_may_come_in_pieces(network: CnnRnn) -> None:
    features = torch.rand(2, 9, 1280)
    with torch.inference_mode():
        whole, pieces, state = network.step_logits(features), [], None
        for piece in features.split([1, 4, 2, 2], dim=1):
            logits, state = network.step(piece, state)
            pieces.append(logits)
    torch.testing.assert_close(torch.cat(pieces, dim=1), whole)


def test_the_answer_is_that_of_the_last_step(network: CnnRnn) -> None:
    clips = torch.rand(2, 3, 5, 64, 64)
    with torch.inference_mode():
        step_logits = network.step_logits(network.frame_features(clips))
        torch.testing.assert_close(network(clips), step_logits[:, -1])
    assert step_logits.shape == (2, 5, 4)
    assert step_logits.dtype == torch.float32


@pytest.mark.parametrize(
    ("cnn", "num_features"),
    [("inception_v1", 1024), ("resnet18", 512), ("resnet50", 2048), ("efficientnet_lite0", 1280)],
)
def test_any_cnn_looks_at_the_frames(cnn: str, num_features: int) -> None:
    network = build_network("cnn_rnn", num_classes=3, cnn=cnn, hidden_size=8).eval()
    with torch.inference_mode():
        features = network.frame_features(torch.rand(1, 3, 2, 40, 50))  # type: ignore[operator]
    assert features.shape == (1, 2, num_features)


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"cell": "elman"}, "cell must be one of rnn, lstm, gru, got 'elman'"),
        ({"cnn": "vgg"}, "must be one of efficientnet_lite0, inception_v1, .* got 'vgg'"),
        ({"hidden_size": 0}, "must be at least 1, got 400, 0 and 1"),
    ],
)
def test_options_that_make_no_network_are_refused(options: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        CnnRnn(**options)
