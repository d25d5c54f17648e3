"""The mobility network: how far it looks back and ahead, and what it makes of frames."""

import torch

from models.mobility import MAX_PERSONNEL
from models.networks.mobility import (
    CAUSAL_DILATIONS,
    NUM_LOGITS,
    STEPS_AFTER,
    STEPS_BEFORE,
    MobilityNet,
    _at_people,
    _whereabouts,
    read_changes,
)


def test_a_step_depends_on_no_step_beyond_its_reach_and_on_both_ends_of_it() -> None:
    torch.manual_seed(1)
    network = MobilityNet(width=4, num_features=4, hidden_size=6).eval()
    described = torch.randn(1, 160, network.look.num_described, requires_grad=True)
    network.follow(described)[0, 90].sum().backward()
    assert described.grad is not None
    reached = described.grad.abs().sum(-1)[0].nonzero().flatten()
    assert (reached.min().item(), reached.max().item()) == (90 - STEPS_BEFORE, 90 + STEPS_AFTER)


def test_it_looks_further_back_than_ahead() -> None:
    assert STEPS_AFTER + 2 * sum(CAUSAL_DILATIONS) == STEPS_BEFORE


def test_every_step_of_a_video_gets_its_logits() -> None:
    seen = torch.randint(0, 256, (2, 5, 3, 96, 128, 3), dtype=torch.uint8)
    assert MobilityNet(width=4).eval()(seen).shape == (2, 5, NUM_LOGITS)


def test_frames_are_described_alike_in_bf16() -> None:
    torch.manual_seed(2)
    network = MobilityNet(width=8).eval()
    frames = read_changes(torch.randint(0, 256, (3, 3, 96, 128, 3), dtype=torch.uint8))
    wanted = network.look(frames)
    found = network.look.bfloat16()(frames.bfloat16())
    assert (found - wanted).norm() < 0.05 * wanted.norm()


def test_where_the_patient_is_is_read_off_the_map() -> None:
    maps = torch.full((2, 3, 24, 32), -6.0)
    maps[0, 0, 0, 31] = maps[1, 0, 23, 0] = 6.0
    corners = _whereabouts(maps)[:, :3]
    torch.testing.assert_close(corners, torch.tensor([[2.0, -2.0, 1.0], [-2.0, 2.0, 1.0]]), rtol=0, atol=0.01)


def test_each_spot_on_a_map_counts_once_the_surest_first() -> None:
    maps = torch.full((1, 3, 24, 32), -20.0)
    maps[0, 1, 4, 5], maps[0, 1, 4, 6], maps[0, 1, 20, 30] = 0.0, 2.0, 1.0
    maps[0, 2, 12, 12] = 3.0
    peaks = _whereabouts(maps)[0, -2 * MAX_PERSONNEL :]
    wanted = torch.tensor([2.0, 1.0, -20.0, 3.0, -20.0, -20.0]).sigmoid()
    torch.testing.assert_close(peaks, wanted)


def test_the_features_where_people_are_are_those_of_that_place() -> None:
    features = torch.randn(1, 3, 12, 16)
    people = torch.full((1, 2, 24, 32), -9.0)
    people[0, 0, 10, 20] = people[0, 1, 4, 6] = 9.0
    wanted = torch.cat([features[0, :, 5, 10], features[0, :, 2, 3]])[None]
    torch.testing.assert_close(_at_people(features, people), wanted, rtol=0, atol=1e-3)


def test_a_still_picture_has_no_change() -> None:
    still = torch.randint(0, 256, (2, 1, 8, 8, 3), dtype=torch.uint8).expand(2, 3, 8, 8, 3)
    frames = read_changes(still)
    assert frames.shape == (2, 5, 8, 8)
    torch.testing.assert_close(frames[:, 3:], torch.zeros(2, 2, 8, 8))
    torch.testing.assert_close(frames[:, :3], still[:, 0].permute(0, 3, 1, 2).float() / 127.5 - 1)
