"""Maps that are joined."""

import torch

from models.networks.joining import joined


def test_joined_maps_and_their_gradients_are_those_of_a_plain_join() -> None:
    maps = [torch.randn(2, channels, 4, 6) for channels in (3, 5)]
    weights = torch.randn(2, 8, 4, 6)
    mine, plain = ([one.clone().requires_grad_() for one in maps] for _ in range(2))
    (joined(mine) * weights).sum().backward()
    (torch.cat(plain, 1) * weights).sum().backward()
    assert torch.equal(joined(mine), torch.cat(plain, 1))
    assert all(torch.equal(one.grad, other.grad) for one, other in zip(mine, plain, strict=True))  # type: ignore[arg-type]


def test_gradients_reach_what_was_joined_without_gaps_in_memory() -> None:
    seen: list[bool] = []
    parts = [torch.randn(2, channels, 4, 6, requires_grad=True) for channels in (3, 5)]
    maps = [part * 2 for part in parts]
    together = joined(maps)
    for one in maps:
        one.register_hook(lambda gradient: seen.append(gradient.is_contiguous(memory_format=torch.channels_last)))
    together.sum().backward()
    assert seen == [True, True]


def test_maps_that_learn_nothing_are_joined_too() -> None:
    assert joined([torch.zeros(1, 2, 3, 3), torch.ones(1, 1, 3, 3)]).sum() == 9
