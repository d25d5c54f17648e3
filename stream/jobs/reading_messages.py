"""What the process that reads pictures and volumes says to the worker that started it: one message a line."""

import json
from dataclasses import dataclass
from typing import Literal

from stream.messages import Message


@dataclass(frozen=True)
class ReadingStep(Message):
    """How far it is."""

    num_done: int
    num_pieces: int
    unit: str


@dataclass(frozen=True)
class ReadingEnd(Message):
    """What became of a job. Failed: not because of what the input is; another try may help."""

    state: Literal["done", "refused", "failed"]
    reason: str = ""
    num_objects: int = 0
    outputs: tuple[str, ...] = ()


def decode_reading(line: bytes) -> ReadingStep | ReadingEnd:
    """Return the message of a line.

    Raises:
        ValueError: it is none of these.
    """
    kind = json.loads(line).get("type")
    return ReadingStep.decode(line) if kind == ReadingStep.__name__ else ReadingEnd.decode(line)
