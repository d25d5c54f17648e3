"""Which seconds the frame CNN learns from: some of the common ones, all with a rare instrument."""

from collections.abc import Iterator

import numpy as np

from models.training.surgery.collecting import collect_frames
from models.training.surgery.operations import Operation, OperationLabels

NUM_SECONDS, COMMON, RARE = 100, 0, 3


def operation(name: str, rare_seconds: list[int]) -> Operation:
    """One whose frame of second k is all k."""
    tools = np.zeros((NUM_SECONDS, 7), np.float32)
    tools[::2, COMMON] = 1
    tools[rare_seconds, RARE] = 1

    def frames() -> Iterator[np.ndarray]:
        return (np.full((4, 4, 3), second, np.uint8) for second in range(NUM_SECONDS))

    return Operation(OperationLabels(name, np.arange(NUM_SECONDS) // 20, tools), frames)


def test_every_so_manieth_second_and_all_with_a_rare_instrument_are_taken_with_their_labels() -> None:
    told: list[tuple[int, int]] = []
    operations = [operation("a", [31, 32]), operation("b", [7])]
    data = collect_frames(operations, lambda done, total, note="": told.append((done, total)), step=10, num_threads=2)
    seconds = data.frames[:, 0, 0, 0]
    assert seconds.tolist() == [*sorted({*range(0, 100, 10), 31, 32}), *sorted({*range(0, 100, 10), 7})]
    np.testing.assert_array_equal(data.phases, seconds // 20)
    np.testing.assert_array_equal(data.tools[:, COMMON], seconds % 2 == 0)
    assert data.tools[:, RARE].sum() == 3
    assert told[-1] == (2, 2)
