"""Options whose values are names out of a list."""

from collections.abc import Sequence
from typing import TypeVar

from app.console.exits import EXIT_WRONG_USE, fail

Name = TypeVar("Name", bound=str)


def one_of(option: str, text: str, known: Sequence[Name]) -> Name:
    """Return the name that an option was given, or end the command with exit code 2."""
    names = some_of(option, text, known)
    if len(names) > 1:
        fail(f"vigil: {option} must be {' or '.join(known)}, got {text!r}", EXIT_WRONG_USE)
    return names[0]


def some_of(option: str, text: str, known: Sequence[Name]) -> tuple[Name, ...]:
    """Return the names that an option was given, separated by commas, or end the command with exit code 2."""
    by_text: dict[str, Name] = {name: name for name in known}
    names = dict.fromkeys(name.strip() for name in text.split(",") if name.strip())
    unknown = [name for name in names if name not in by_text]
    if unknown or not names:
        found = ", ".join(map(repr, unknown)) or "nothing"
        fail(f"vigil: {option} must be {' or '.join(known)}, got {found}", EXIT_WRONG_USE)
    return tuple(by_text[name] for name in names)
