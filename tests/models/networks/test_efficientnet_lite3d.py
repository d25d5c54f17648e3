import pytest
import torch

from models.networks.efficientnet_lite3d import EfficientNetLite3D
from models.networks.frame_features import EfficientNetLite0Features


@pytest.fixture(scope="module")
def network() -> EfficientNetLite3D:
    return EfficientNetLite3D(6).eval()


@pytest.mark.parametrize("num_frames", [1, 9])
def test_a_video_in_which_nothing_moves_gives_the_features_of_its_picture(
    num_frames: int, network: EfficientNetLite3D
) -> None:
    frames = torch.rand(2, 3, 97, 120) * 2 - 1
    clips = frames[:, :, None].expand(-1, -1, num_frames, -1, -1)
    with torch.inference_mode():
        found, expected = network.features(clips), EfficientNetLite0Features().eval()
        torch.testing.assert_close(network.pooled_features(clips), expected(frames), rtol=1e-3, atol=1e-4)
    assert found.shape == (2, 1280, -(-num_frames // 8), 4, 4)


def test_motion_changes_the_answer(network: EfficientNetLite3D) -> None:
    frames = torch.rand(1, 3, 1, 64, 64).expand(-1, -1, 8, -1, -1) * 2 - 1
    moving = torch.stack([frames[:, :, step].roll(4 * step, dims=-1) for step in range(8)], dim=2)
    with torch.inference_mode():
        assert not torch.allclose(network(moving), network(moving.flip(2)), atol=1e-4)


def test_it_can_be_trained(network: EfficientNetLite3D) -> None:
    network.train()
    network(torch.rand(2, 3, 8, 32, 32)).square().sum().backward()
    network.eval()
    gradient = network.backbone._conv_stem.weight.grad
    assert gradient is not None
    assert gradient.shape == (32, 3, 3, 3, 3)
    assert gradient.abs().sum() > 0
