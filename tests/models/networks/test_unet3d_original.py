import json
from pathlib import Path

import pytest
import torch
from torch import nn

from models.registry import build_network
from models.segmentation.overlap_tile import segment_by_tiles


def test_a_tile_of_the_paper_gives_what_the_paper_says() -> None:
    with torch.device("meta"):
        network = build_network("unet3d_original", batch_norm=False)
        assert network(torch.empty(1, 3, 116, 132, 132)).shape == (1, 3, 28, 44, 44)


def test_there_are_as_many_weights_as_in_the_paper(parity: Path) -> None:
    with torch.device("meta"):
        network = build_network("unet3d_original")
    expected = json.loads((parity / "counts.json").read_text())["unet3d_cicek_paper"]
    assert sum(parameter.numel() for parameter in network.parameters()) == expected == 19_069_955


def test_channels_are_doubled_before_each_pool_and_kept_by_up_convolutions() -> None:
    with torch.device("meta"):
        network = build_network("unet3d_original")
    convolutions = [(one.in_channels, one.out_channels) for one in network.modules() if isinstance(one, nn.Conv3d)]
    assert convolutions == [
        (3, 32), (32, 64), (64, 64), (64, 128), (128, 128), (128, 256), (256, 256), (256, 512),
        (768, 256), (256, 256), (384, 128), (128, 128), (192, 64), (64, 64), (64, 3),
    ]  # fmt: skip
    ups = [(one.in_channels, one.out_channels) for one in network.modules() if isinstance(one, nn.ConvTranspose3d)]
    assert ups == [(512, 512), (256, 256), (128, 128)]


@pytest.mark.slow
def test_batches_are_normalised_by_themselves_in_use_too() -> None:
    network = build_network("unet3d_original", in_channels=1, width=0.125).eval()
    tile = torch.rand(1, 1, 92, 92, 92)
    with torch.inference_mode():
        torch.testing.assert_close(network(tile), network(100 * tile), rtol=0, atol=1e-3)
    assert not dict(network.named_buffers())


@pytest.mark.slow
def test_the_shift_behind_the_normalisation_is_learned() -> None:
    network = build_network("unet3d_original", in_channels=1, width=0.125)
    network(torch.rand(1, 1, 92, 92, 92)).square().sum().backward()
    biases = {name: one.grad for name, one in network.named_parameters() if name.endswith("bias")}
    assert [name for name, grad in biases.items() if grad is None or not grad.any()] == []


@pytest.mark.slow
def test_volumes_are_segmented_by_tiles() -> None:
    network = build_network("unet3d_original", in_channels=1, batch_norm=False, width=0.125).eval()
    volume = torch.rand(1, 4, 20, 14)
    whole, parts = (segment_by_tiles(network, volume, tile=tile) for tile in ((20, 20, 20), (16, 16, 16)))
    assert whole.shape == (3, 4, 20, 14)
    torch.testing.assert_close(parts, whole, rtol=0, atol=1e-5)


def test_sizes_whose_halvings_do_not_come_out_even_are_refused() -> None:
    network = build_network("unet3d_original", in_channels=1, width=0.125)
    with pytest.raises(ValueError, match=r"take inputs of 92 x 100 x 92 and the like, got 92 x 93 x 92"):
        network(torch.rand(1, 1, 92, 93, 92))
