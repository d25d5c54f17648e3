"""The phase network: streaming equals the whole, nothing looks ahead, the memory does not grow."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from models.networks.surgical_phase import PhaseState, SurgicalPhaseNet
from models.registry import build_network

LENGTH = 40
SAME = {"rtol": 0.0, "atol": 1e-5}
"""fp32; steps taken together may be summed in another order."""


@pytest.fixture(scope="module")
def network() -> SurgicalPhaseNet:
    torch.manual_seed(0)
    return SurgicalPhaseNet(width=2, hidden_size=12).eval()


def described(network: SurgicalPhaseNet, *, length: int = LENGTH, seed: int = 1) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(2, length, network.look.num_described, generator=generator)


@settings(max_examples=30, deadline=None)
@given(borders=st.lists(st.integers(0, LENGTH), max_size=8).map(sorted))
def test_any_portions_in_turn_equal_the_whole_operation_at_once(network: SurgicalPhaseNet, borders: list[int]) -> None:
    numbers, state, parts = described(network), None, []
    with torch.inference_mode():
        whole = network.follow(numbers)
        for start, end in zip([0, *borders], [*borders, LENGTH], strict=True):
            if end > start:
                parts.append(network.follow(numbers[:, start:end], state))
                state = parts[-1].state
    torch.testing.assert_close(torch.cat([part.phase_logits for part in parts], 1), whole.phase_logits, **SAME)
    torch.testing.assert_close(torch.cat([part.log_left for part in parts], 1), whole.log_left, **SAME)


def test_what_comes_later_changes_nothing_that_was_said(network: SurgicalPhaseNet) -> None:
    first, second = described(network), described(network, seed=2)
    second[:, :25] = first[:, :25]
    with torch.inference_mode():
        one, other = network.follow(first).phase_logits, network.follow(second).phase_logits
    torch.testing.assert_close(one[:, :25], other[:, :25], **SAME)
    assert (one[:, 25:] - other[:, 25:]).abs().max() > 1e-4


def test_what_is_kept_of_an_operation_does_not_grow(network: SurgicalPhaseNet) -> None:
    def kept(state: PhaseState) -> int:
        return state.hidden.numel() + state.cell.numel() + (0 if state.belief is None else state.belief.numel())

    with torch.inference_mode():
        sizes = {kept(network.follow(described(network, length=length)).state) for length in (1, 10, 1000)}
    assert sizes == {2 * (2 * 12 + 7)}


def test_quantiles_of_the_time_left_rise(network: SurgicalPhaseNet) -> None:
    with torch.inference_mode():
        left = network.follow(described(network)).log_left
    assert left.shape == (2, LENGTH, 3)
    assert (left.diff(dim=-1) > 0).all()


def test_clips_give_the_logits_after_their_last_frame() -> None:
    network = build_network("surgical_phase", num_classes=7, width=2, hidden_size=8).eval()
    clips = torch.rand(2, 3, 5, 48, 48)
    with torch.inference_mode():
        logits = network(clips)
        frames = network.look(clips.transpose(1, 2).flatten(0, 1)).reshape(2, 5, -1)  # type: ignore[operator]
        torch.testing.assert_close(logits, network.follow(frames).phase_logits[:, -1], **SAME)  # type: ignore[operator]
    assert logits.shape == (2, 7)
    assert logits.dtype == torch.float32
