import pytest
import torch
from torch import nn

from models.networks.rcnn.frozen_batch_norm import FrozenBatchNorm, freeze_batch_norms
from models.networks.rcnn.layers import by_anchor
from models.networks.rcnn.pyramid import FeaturePyramid


@pytest.mark.parametrize("sizes", [[(13, 9), (7, 5), (4, 3)], [(5, 13, 9), (3, 7, 5), (2, 4, 3)]])
def test_maps_keep_their_size_and_a_coarser_one_is_added(sizes: list[tuple[int, ...]]) -> None:
    channels = (4, 6, 8)
    pyramid = FeaturePyramid(channels, 16, num_axes=len(sizes[0]))
    maps = pyramid([torch.rand(2, count, *size) for count, size in zip(channels, sizes, strict=True)])
    assert [tuple(one.shape) for one in maps[:3]] == [(2, 16, *size) for size in sizes]
    assert tuple(maps[3].shape[2:]) == tuple(-(-length // 2) for length in sizes[-1])


def test_what_only_the_coarsest_map_sees_reaches_the_finest() -> None:
    pyramid = FeaturePyramid((4, 4), 8)
    coarse = torch.zeros(1, 4, 2, 2, requires_grad=True)
    pyramid([torch.zeros(1, 4, 4, 4), coarse])[0].sum().backward()
    assert coarse.grad is not None
    assert coarse.grad.any()


@pytest.mark.parametrize("eps", [1e-5, 1e-3])
def test_a_frozen_batch_norm_does_what_the_learned_one_did(eps: float) -> None:
    network = nn.Sequential(nn.Conv2d(3, 5, 1), nn.BatchNorm2d(5, eps=eps))
    network(torch.rand(8, 3, 4, 4))
    network.eval()
    pictures = torch.rand(2, 3, 4, 4)
    before = network(pictures)
    freeze_batch_norms(network, eps)
    network.train()
    torch.testing.assert_close(network(pictures), before)
    assert isinstance(network[1], FrozenBatchNorm)
    assert not list(network[1].parameters())
    assert "1.num_batches_tracked" not in network.state_dict()


def test_what_a_head_says_is_sorted_by_place_and_then_by_anchor() -> None:
    outputs = torch.arange(2 * 3 * 4 * 2 * 5.0).view(2, 12, 2, 5)  # 3 anchors, 4 numbers each
    sorted_outputs = by_anchor(outputs, 3)
    assert sorted_outputs.shape == (2, 30, 4)
    assert torch.equal(sorted_outputs[1, (1 * 5 + 2) * 3 + 2], outputs[1, 8:12, 1, 2])
