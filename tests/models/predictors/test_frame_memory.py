from collections.abc import Sequence

import numpy as np
import pytest

from models.predictors.frame_memory import FrameMemory

ARRAY = np.zeros(4, np.float32)  # 16 bytes


def test_what_was_remembered_is_recalled() -> None:
    memory = FrameMemory(64)
    memory.remember("a", ARRAY)
    assert memory.recall("a") is ARRAY
    assert memory.recall("b") is None


def test_the_array_longest_unused_makes_room() -> None:
    memory = FrameMemory(48)
    for key in "abc":
        memory.remember(key, ARRAY)
    memory.recall("a")
    memory.remember("d", ARRAY)
    assert [key for key in "abcd" if memory.recall(key) is not None] == ["a", "c", "d"]


def test_remembering_again_takes_no_more_room() -> None:
    memory = FrameMemory(32)
    for key in "abbb":
        memory.remember(key, ARRAY)
    assert len(memory) == 2


def test_a_memory_without_room_remembers_nothing() -> None:
    memory = FrameMemory(0)
    memory.remember("a", ARRAY)
    assert len(memory) == 0
    assert memory.recall("a") is None


def test_only_what_is_missing_is_worked_out_and_remembered() -> None:
    memory = FrameMemory(64)
    memory.remember("b", ARRAY)
    asked: list[list[int]] = []

    def work_out(missing: Sequence[int]) -> list[np.ndarray]:
        asked.append(list(missing))
        return [np.full(4, index, np.float32) for index in missing]

    keys = ("a", "b", None, "c")
    first = memory.complete(keys, work_out)
    second = memory.complete(keys, work_out)
    assert asked == [[0, 2, 3], [2]]
    for arrays in (first, second):
        assert [array[0] for array in arrays] == [0, 0, 2, 3]


def test_nothing_is_worked_out_when_all_is_remembered() -> None:
    memory = FrameMemory(64)
    memory.remember("a", ARRAY)
    assert memory.complete(["a"], lambda missing: pytest.fail("was asked")) == [ARRAY]
