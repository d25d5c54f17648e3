import pytest
import torch
from torch import nn

from models.networks.convnet_lstm import BatchNormLstm, ConvNetLstm, StepBatchNorm


@pytest.fixture
def memory() -> BatchNormLstm:
    memory = BatchNormLstm(12, 6, num_steps=4)
    nn.init.normal_(memory.weight_hh)
    nn.init.normal_(memory.bias)
    return memory


def test_it_has_the_nine_million_parameters_of_the_paper() -> None:
    assert sum(parameter.numel() for parameter in ConvNetLstm().parameters()) == pytest.approx(9e6, rel=0.01)


def test_without_its_norms_it_is_an_lstm(memory: BatchNormLstm) -> None:
    for norm in (memory.norm_ih, memory.norm_hh, memory.norm_cell):
        norm.weight.data.fill_((1 + 1e-5) ** 0.5)
    plain = nn.LSTM(12, 6, batch_first=True)
    plain.load_state_dict(
        {
            "weight_ih_l0": memory.weight_ih,
            "weight_hh_l0": memory.weight_hh,
            "bias_ih_l0": memory.bias,
            "bias_hh_l0": torch.zeros(24),
        }
    )
    features = torch.randn(3, 7, 12)
    with torch.inference_mode():
        torch.testing.assert_close(memory.eval()(features), plain(features)[0])


def test_each_step_has_statistics_of_its_own(memory: BatchNormLstm) -> None:
    memory.train()(torch.randn(8, 3, 12))
    learnt = [bool((variance != 1).any()) for variance in memory.norm_ih.running_var]
    assert learnt == [True, True, True, False]
    assert not torch.allclose(memory.norm_ih.running_mean[0], memory.norm_ih.running_mean[1])


def test_steps_beyond_the_known_ones_take_the_statistics_of_the_last() -> None:
    norm = StepBatchNorm(5, 3, has_bias=True).eval()
    norm.running_mean[:] = torch.arange(3.0)[:, None]
    x = torch.rand(2, 5)
    torch.testing.assert_close(norm(x, 9), norm(x, 2))
    assert not torch.allclose(norm(x, 1), norm(x, 2))


def test_training_normalises_each_step_over_the_batch() -> None:
    norm = StepBatchNorm(5, 3, has_bias=False).train()
    found = norm(torch.randn(64, 5) * 3 + 2, 1)
    torch.testing.assert_close(found.mean(0), torch.zeros(5), atol=1e-5, rtol=0)
    torch.testing.assert_close(found.std(0, correction=0), torch.full((5,), 0.1), atol=1e-4, rtol=0)


def test_a_clip_gives_the_logits_of_its_last_step_and_no_step_looks_ahead() -> None:
    network = ConvNetLstm(4, hidden_size=8, num_steps=3).eval()
    clips = torch.rand(2, 3, 5, 48, 64) * 2 - 1
    with torch.inference_mode():
        features = network.frame_features(clips)
        torch.testing.assert_close(network(clips), network.step_logits(features)[:, -1])
        torch.testing.assert_close(network.step_logits(features[:, :3]), network.step_logits(features)[:, :3])
    assert features.shape == (2, 5, 1024)


def test_a_memory_without_units_is_refused() -> None:
    with pytest.raises(ValueError, match="hidden_size and num_steps must be at least 1, got 8 and 0"):
        BatchNormLstm(3, 8, num_steps=0)
