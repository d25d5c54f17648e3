import json
from pathlib import Path

import pytest
import torch

from models.evaluation.flops import count_flops
from models.registry import build_network


@pytest.mark.parametrize(
    ("name", "num_channels", "num_frames", "key"),
    [
        ("i3d_rgb", 3, 64, "i3d_in3_T64_GFLOPs(2*MAC)"),
        ("i3d_rgb", 3, 16, "i3d_in3_T16_GFLOPs(2*MAC)"),
        ("i3d_flow", 2, 64, "i3d_in2_T64_GFLOPs(2*MAC)"),
    ],
)
def test_arithmetic_of_i3d_is_as_much_as_published(
    name: str, num_channels: int, num_frames: int, key: str, parity: Path
) -> None:
    example = torch.empty(1, num_channels, num_frames, 224, 224, device="meta")
    published = json.loads((parity / "counts.json").read_text())[key]
    assert count_flops(build_network(name), example) / 1e9 == pytest.approx(published, rel=1e-9)
