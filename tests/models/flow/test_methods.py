import numpy as np
import pytest

from models.flow.dis import flow_between
from models.flow.methods import FLOW_METHODS, flow_measure
from tests.models.flow.test_tvl1 import moved, texture


@pytest.mark.parametrize("method", FLOW_METHODS)
def test_every_method_measures_pairs_as_if_each_were_alone(method: str) -> None:
    pictures = [texture(48, 64, seed=seed) for seed in range(3)]
    first, second = np.stack(pictures), np.stack([moved(picture, 1, 2) for picture in pictures])
    together = flow_measure(method)(first, second)
    assert together.shape == (3, 48, 64, 2)
    assert together.dtype == np.float32
    np.testing.assert_allclose(np.median(together, (1, 2)), [(1, 2)] * 3, atol=0.2)
    for index in range(3):
        alone = flow_measure(method)(first[index : index + 1], second[index : index + 1])[0]
        np.testing.assert_allclose(together[index], alone, atol=1e-4)


def test_dis_is_what_the_live_path_uses() -> None:
    first = texture(48, 64)
    second = moved(first, 2, 0)
    assert np.array_equal(flow_measure("dis")(first[None], second[None])[0], flow_between(first, second))


def test_an_unknown_method_is_refused() -> None:
    with pytest.raises(ValueError, match="by dis or tvl1, got 'raft'"):
        flow_measure("raft")
