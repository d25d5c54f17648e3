"""Laws of making centred weights over for the causal I3D."""

from typing import Any

import pytest
import torch

from models.networks.i3d import I3D, SamePaddedConv3d
from models.networks.i3d_causal import causal_weights

FRAMES_AT_THE_ENDS = 104
"""More than the 99 frames of the receptive field."""


def networks(**options: Any) -> tuple[I3D, I3D]:
    """A centred network with random weights, and the causal one that is made of it."""
    torch.manual_seed(0)
    centred = I3D(4, width=0.05, dropout=0.0, **options).eval()
    causal = I3D(4, width=0.05, dropout=0.0, is_causal=True, **options).eval()
    causal.load_state_dict(causal_weights(centred.state_dict()))
    return centred, causal


@pytest.mark.parametrize("options", [{}, {"motion_gain": 3.0, "still_gain": 0.3, "still_frames": 6}])
def test_a_still_video_gets_the_same_answer(options: dict[str, Any]) -> None:
    centred, causal = networks(**options)
    still = (torch.rand(1, 3, 1, 32, 32) * 2 - 1).expand(-1, -1, 2 * FRAMES_AT_THE_ENDS + 16, -1, -1)
    inner = slice(FRAMES_AT_THE_ENDS // 8, FRAMES_AT_THE_ENDS // 8 + 1)
    with torch.inference_mode():
        expected, found = (network.logits_grid(still)[:, :, inner] for network in (centred, causal))
    assert expected.std() > 1e-3
    assert torch.allclose(found, expected, atol=1e-5)


def test_what_does_not_look_ahead_answers_the_same_to_any_video() -> None:
    torch.manual_seed(1)
    centred, causal = (SamePaddedConv3d(2, 3, 3, bias=False) for _ in range(2))
    causal.is_causal = True
    with torch.no_grad():
        centred.weight[:, :, 2] = 0
        made_over = causal_weights({"b1b.conv3d.weight": centred.weight})
        causal.weight.copy_(made_over["b1b.conv3d.weight"])
        video = torch.randn(2, 2, 9, 5, 6)
        assert torch.allclose(causal(video), centred(video), atol=1e-6)


def test_only_kernels_with_a_future_are_changed() -> None:
    centred, _ = networks()
    weights = centred.state_dict()
    changed = {name for name, tensor in causal_weights(weights).items() if not torch.equal(tensor, weights[name])}
    kernels = {name for name in weights if name.endswith(("Conv3d_2c_3x3.conv3d.weight", "b.conv3d.weight"))}
    assert changed == {name for name in kernels if weights[name].shape[2] == 3}
    assert len(changed) == 1 + 2 * 9
