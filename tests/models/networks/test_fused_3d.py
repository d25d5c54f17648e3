from collections.abc import Callable
from typing import Any

import pytest
import torch

from models.networks.fused_3d import Fused3D
from models.registry import build_network


@pytest.fixture
def network(filled: Callable[[Any], Any]) -> Fused3D:
    return filled(Fused3D(5, flow_channels=4, width=0.125))  # type: ignore[no-any-return]


def test_it_has_the_39_million_parameters_of_the_paper() -> None:
    with torch.device("meta"):
        network = build_network("fused_3d")
    assert 39e6 <= sum(parameter.numel() for parameter in network.parameters()) < 40e6


@pytest.mark.parametrize("size", [(5, 64, 96), (25, 33, 40), (1, 32, 32), (5, 224, 224)])
def test_any_number_and_size_of_frames_gives_one_row_of_logits(network: Fused3D, size: tuple[int, int, int]) -> None:
    with torch.inference_mode():
        logits = network(torch.rand(2, 7, *size))
    assert logits.shape == (2, 5)
    assert logits.dtype == torch.float32


def test_both_what_is_seen_and_what_moves_count(network: Fused3D) -> None:
    clips = torch.rand(1, 7, 5, 64, 64)
    with torch.inference_mode():
        logits = network(clips)
        for channels in (slice(0, 3), slice(3, 7)):
            changed = clips.clone()
            changed[:, channels] = 0
            assert not torch.allclose(network(changed), logits)


def test_each_tower_sees_its_own_channels_frame_by_frame(network: Fused3D) -> None:
    frames = torch.rand(2, 5, 7, 64, 64)
    with torch.inference_mode():
        grids = network._grids(network.flow, frames[:, :, 3:])
        torch.testing.assert_close(grids[1, :, 3], network.flow.features(frames[1:2, 3, 3:])[0])
    assert grids.shape == (2, network.flow.num_features, 5, 2, 2)
