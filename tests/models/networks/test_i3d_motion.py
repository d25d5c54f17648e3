"""Laws of the emphasis on motion before I3D's first layer."""

import pytest
import torch

from models.networks.i3d import I3D, emphasise_motion, mean_picture, sum_over_past


def test_gains_of_one_leave_the_clip_as_it_is() -> None:
    clips = torch.rand(2, 3, 5, 4, 6)
    assert torch.allclose(
        emphasise_motion(clips, mean_picture(clips, 0), motion_gain=1, still_gain=1), clips, atol=1e-6
    )


def test_a_still_clip_is_scaled_by_the_still_gain_alone() -> None:
    still = torch.rand(1, 3, 1, 4, 6).expand(1, 3, 5, 4, 6)
    assert torch.allclose(
        emphasise_motion(still, mean_picture(still, 0), motion_gain=7, still_gain=0.25), 0.25 * still, atol=1e-6
    )


def test_departure_from_the_mean_is_scaled_by_the_motion_gain_alone() -> None:
    clips = torch.rand(2, 3, 5, 4, 6)
    moving = clips - clips.mean(2, keepdim=True)
    assert torch.allclose(
        emphasise_motion(clips, mean_picture(clips, 0), motion_gain=3, still_gain=0), 3 * moving, atol=1e-6
    )


def test_with_no_still_gain_the_network_does_not_see_the_room() -> None:
    torch.manual_seed(0)
    network = I3D(4, width=0.05, motion_gain=3.0, still_gain=0.0).eval()
    clips, room = torch.rand(1, 3, 8, 32, 32), torch.rand(1, 3, 1, 32, 32)
    with torch.inference_mode():
        assert torch.allclose(network(clips + room), network(clips), atol=1e-4)
        assert not torch.equal(network(3 * clips), network(clips))


@pytest.mark.parametrize("num_frames", [1, 2, 3, 7, 8, 24, 31])
def test_a_sum_over_past_frames_is_that_of_each_run_of_neighbours(num_frames: int) -> None:
    torch.manual_seed(0)
    for length in (num_frames, num_frames + 1, num_frames + 9):
        frames = torch.randn(2, 3, length, 4, 5)
        expected = frames.unfold(2, num_frames, 1).sum(-1)
        assert torch.allclose(sum_over_past(frames, num_frames), expected, atol=1e-5)
