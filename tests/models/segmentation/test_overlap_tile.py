import pytest
import torch
from torch import Tensor, nn

from models.registry import build_network
from models.segmentation.overlap_tile import segment_by_tiles
from models.segmentation.tile_shape import TileShape


class Middle(nn.Module):
    """Gives the middle of what it sees."""

    tile_shape = TileShape(margins=(3, 5), multiples=(4, 2), smallest_outputs=(2, 2))

    def forward(self, tiles: Tensor) -> Tensor:
        self.tile_shape.check_input(tuple(tiles.shape[2:]))
        return tiles[:, :, 3:-3, 5:-5]


class FirstSeen(nn.Module):
    """Gives the upper left corner of what each pixel sees."""

    tile_shape = Middle.tile_shape

    def forward(self, tiles: Tensor) -> Tensor:
        return tiles[:, :, :-6, :-10]


@pytest.mark.parametrize("tile", [(1, 1), (4, 4), (7, 100), (100, 100)])
@pytest.mark.parametrize("size", [(1, 1), (2, 9), (13, 20)])
def test_tiles_lie_side_by_side_without_a_seam(size: tuple[int, int], tile: tuple[int, int]) -> None:
    picture = torch.rand(3, *size)
    assert torch.equal(segment_by_tiles(Middle(), picture, tile=tile), picture)


def test_what_lies_outside_is_the_mirror_image() -> None:
    picture = torch.rand(1, 13, 20)
    mirrored = nn.functional.pad(picture, (5, 5, 3, 3), mode="reflect")
    assert torch.equal(segment_by_tiles(FirstSeen(), picture, tile=(4, 4)), mirrored[:, :-6, :-10])


def test_a_picture_smaller_than_the_margin_is_mirrored_again_and_again() -> None:
    picture = torch.tensor([[[1.0, 2.0, 3.0]]])  # ... 2 1 | 2 3 | 2 1 2 3 2 ...
    assert segment_by_tiles(FirstSeen(), picture, tile=(4, 4)).tolist() == [[[2.0, 1.0, 2.0]]]


def test_the_size_of_the_tiles_does_not_change_what_a_unet_says() -> None:
    network = build_network("unet2d_original", width=0.125).eval()
    picture = torch.rand(1, 70, 50)
    whole, parts = (segment_by_tiles(network, picture, tile=tile) for tile in ((80, 80), (40, 16)))
    assert whole.shape == (2, 70, 50)
    torch.testing.assert_close(parts, whole, rtol=0, atol=1e-5)


def test_a_picture_without_pixels_is_refused() -> None:
    with pytest.raises(ValueError, match=r"2 axes of \(0, 4\), none of them 0"):
        segment_by_tiles(Middle(), torch.rand(1, 0, 4), tile=(4, 4))
