"""The network for nuclei, and those that paint for it."""

import pytest
import torch

from models.networks.nuclei import CENTRE, NUM_MAPS, NucleiNet
from models.networks.pix2pix import Critic, Painter
from models.networks.rcnn.bodies import EfficientNetLite0Body


@pytest.mark.parametrize("size", [(32, 32), (64, 96)])
def test_every_pixel_gets_every_map(size: tuple[int, int]) -> None:
    network = NucleiNet(pyramid_width=8, fine_width=4).eval()
    with torch.inference_mode():
        assert network(torch.zeros(2, 3, *size)).shape == (2, NUM_MAPS, *size)


def test_few_pixels_are_centres_before_anything_is_learned() -> None:
    torch.manual_seed(0)
    with torch.inference_mode():
        maps = NucleiNet().eval()(torch.rand(1, 3, 64, 64) * 2 - 1)
    assert maps[:, CENTRE].sigmoid().mean() < 0.2


def test_the_body_gives_maps_from_half_the_size_on() -> None:
    whole, quarter = EfficientNetLite0Body(has_half=True).eval(), EfficientNetLite0Body().eval()
    pictures = torch.rand(1, 3, 64, 64)
    with torch.inference_mode():
        maps, fewer = whole(pictures), quarter(pictures)
    assert [tuple(one.shape[1:]) for one in maps] == [
        (channels, 32 >> level, 32 >> level) for level, channels in enumerate(whole.map_channels)
    ]
    assert all(torch.equal(one, other) for one, other in zip(maps[1:], fewer, strict=True))


def test_a_painter_paints_in_range_and_a_critic_judges_patches() -> None:
    drawings = torch.rand(2, 4, 64, 64)
    pictures = Painter(4, width=0.125)(drawings)
    assert pictures.shape == (2, 3, 64, 64)
    assert pictures.abs().max() <= 1
    assert Critic(7)(drawings, pictures).shape == (2, 1, 15, 15)
