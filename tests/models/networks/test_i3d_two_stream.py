from collections.abc import Callable
from typing import Any

import torch

from models.networks.i3d import I3D
from models.registry import build_network


def test_the_logits_of_two_separately_trained_streams_are_summed(filled: Callable[[Any], Any]) -> None:
    rgb, flow = filled(I3D(5, 3, width=0.125)), filled(I3D(5, 2, width=0.125))
    both = build_network("i3d_two_stream", num_classes=5, width=0.125).eval()
    weights = {f"rgb.{name}": tensor for name, tensor in rgb.state_dict().items()}
    both.load_state_dict({**weights, **{f"flow.{name}": tensor for name, tensor in flow.state_dict().items()}})
    clips = torch.rand(2, 5, 9, 48, 64) * 2 - 1
    with torch.inference_mode():
        torch.testing.assert_close(both(clips), rgb(clips[:, :3]) + flow(clips[:, 3:]))
