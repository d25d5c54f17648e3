from dataclasses import dataclass, field

from models.imaging.answer import ImagingModel
from models.imaging.model_shelf import ModelShelf


@dataclass
class Memory:
    """Stands for a device on which each model takes what its name says, in bytes."""

    used: int = 1000
    built: list[str] = field(default_factory=list)

    def build(self, name: str) -> ImagingModel:
        self.built.append(name)
        self.used += int(name)
        return object()  # type: ignore[return-value]


def shelf_of(memory: Memory, budget_bytes: int) -> ModelShelf:
    return ModelShelf(memory.build, lambda: memory.used, budget_bytes=budget_bytes)


def test_a_model_is_made_ready_once() -> None:
    memory = Memory()
    shelf = shelf_of(memory, 100)
    assert shelf.get("30") is shelf.get("30")
    assert memory.built == ["30"]


def test_the_least_used_is_put_away_when_another_needs_the_room() -> None:
    shelf = shelf_of(Memory(), 100)
    for name in ("30", "31", "32", "30"):
        shelf.get(name)
    shelf.get("29")
    assert shelf.names == ("32", "30", "29")


def test_what_a_model_was_found_to_take_while_reading_counts() -> None:
    memory = Memory()
    shelf = shelf_of(memory, 100)
    shelf.get("30")
    memory.used += 50
    shelf.measure("30")
    shelf.get("25")
    assert shelf.names == ("25",)


def test_a_single_model_is_always_admitted() -> None:
    shelf = shelf_of(Memory(), 10)
    shelf.get("500")
    shelf.get("600")
    assert shelf.names == ("600",)
