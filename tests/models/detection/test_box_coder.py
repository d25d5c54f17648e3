from typing import Any

import pytest
import torch
from torch import Tensor

from models.detection.box_coder import BoxCoder


@pytest.mark.parametrize("weights", ["1.0_1.0_1.0_1.0", "10.0_10.0_5.0_5.0"])
def test_reading_equals_the_public_implementation(weights: str, ops: dict[str, Any]) -> None:
    coder = BoxCoder(float(weights.split("_")[0]), float(weights.split("_")[-1]))
    decoded = coder.decode(torch.tensor(ops["deltas"]), torch.tensor(ops["boxes"]))
    torch.testing.assert_close(decoded, torch.tensor(ops[f"boxcoder_decode_{weights}"]))


def test_writing_equals_the_public_implementation(ops: dict[str, Any]) -> None:
    boxes = torch.tensor(ops["boxes"])
    encoded = BoxCoder(10, 5).encode(boxes[:10], boxes[10:20])
    torch.testing.assert_close(encoded, torch.tensor(ops["boxcoder_encode_10_10_5_5_first10_vs_next10"]))


@pytest.mark.parametrize("num_axes", [2, 3])
def test_what_is_written_is_read_back(num_axes: int) -> None:
    coder = BoxCoder(10, 5)
    boxes, anchors = (
        torch.cat([low, low + 1 + 9 * torch.rand(2, 40, num_axes)], -1) for low in torch.rand(2, 2, 40, num_axes) * 50
    )
    torch.testing.assert_close(coder.decode(coder.encode(boxes, anchors), anchors), boxes)


def test_no_answer_makes_a_box_endless(scattered_boxes: Tensor) -> None:
    decoded = BoxCoder().decode(torch.full_like(scattered_boxes, 1e4), scattered_boxes)
    assert decoded.isfinite().all()
