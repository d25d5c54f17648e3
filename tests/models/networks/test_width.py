import pytest

from models.networks.width import require_width, scaled_channels


@pytest.mark.parametrize(
    ("channels", "width", "expected"), [(64, 1, 64), (24, 1, 24), (192, 0.25, 48), (16, 0.25, 8), (64, 1.5, 96)]
)
def test_width_scales_channels_to_multiples_of_eight(channels: int, width: float, expected: int) -> None:
    assert scaled_channels(channels, width) == expected


@pytest.mark.parametrize("width", [0.0, -1.0, 4.1, float("nan")])
def test_a_width_of_nothing_or_of_more_than_four_is_refused(width: float) -> None:
    with pytest.raises(ValueError, match="width must lie above 0 and be at most 4"):
        require_width(width)
