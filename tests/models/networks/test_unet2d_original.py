import pytest
import torch
from torch import nn

from models.registry import build_network


def test_a_tile_of_the_paper_gives_what_the_paper_says() -> None:
    with torch.device("meta"):
        network = build_network("unet2d_original")
        assert network(torch.empty(1, 1, 572, 572)).shape == (1, 2, 388, 388)


def test_there_are_as_many_convolutions_as_in_the_paper() -> None:
    with torch.device("meta"):
        network = build_network("unet2d_original")
    layers = [layer for layer in network.modules() if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d)]
    assert len(layers) == 23


def test_a_logit_depends_on_no_pixel_outside_its_tile() -> None:
    """No convolution is padded: a constant picture gives the same everywhere, in steps of the four doublings."""
    network = build_network("unet2d_original", width=0.125).eval()
    with torch.inference_mode():
        logits = network(torch.full((1, 1, 204, 188), 0.7))
    assert logits.shape == (1, 2, 20, 4)
    torch.testing.assert_close(logits[:, :, 16:], logits[:, :, :4])


@pytest.mark.parametrize(("side", "takes"), [(187, 188), (189, 204), (100, 188)])
def test_sizes_whose_halvings_do_not_come_out_even_are_refused(side: int, takes: int) -> None:
    network = build_network("unet2d_original", width=0.125)
    with pytest.raises(ValueError, match=rf"take inputs of {takes} x 188 and the like, got {side} x 188; segment by"):
        network(torch.rand(1, 1, side, 188))


def test_weights_start_with_the_spread_that_the_paper_gives() -> None:
    network = build_network("unet2d_original", width=0.25)
    weight = network.get_submodule("down.3.2").weight
    assert weight.std().item() == pytest.approx((2 / (9 * weight.shape[1])) ** 0.5, rel=0.02)


def test_channels_are_dropped_in_training_only() -> None:
    network = build_network("unet2d_original", width=0.125)
    tile = torch.rand(1, 1, 188, 188)
    with torch.inference_mode():
        assert not torch.equal(network.train()(tile), network(tile))
        assert torch.equal(network.eval()(tile), network(tile))
