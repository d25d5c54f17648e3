import pytest

from models.networks.inception import same_padding


@pytest.mark.parametrize("size", range(1, 20))
@pytest.mark.parametrize(("kernel_size", "stride"), [(7, 2), (3, 2), (3, 1), (2, 2), (1, 1), (1, 2)])
def test_same_padding_gives_one_output_a_stride_with_the_rest_behind(size: int, kernel_size: int, stride: int) -> None:
    before, after = same_padding(size, kernel_size, stride)
    num_outputs = (size + before + after - kernel_size) // stride + 1
    assert num_outputs == -(-size // stride)
    assert after - before in (0, 1)
