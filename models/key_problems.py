"""What is wrong with a key of a file, in words for people who have never heard of the library that found it."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

_WORDS = {
    "extra_forbidden": "unknown key",
    "missing": "required, but not given",
    "tuple_type": "must be a list",
    "list_type": "must be a list",
    "dict_type": "must hold keys and values",
    "model_type": "must hold keys and values",
    "model_attributes_type": "must hold keys and values",
    "string_type": "must be text; put it in quotes",
}


def in_words(problem: "ErrorDetails") -> str:
    """Say what is wrong with one key, without its value: that may be a password."""
    known = _WORDS.get(problem["type"])
    if known:
        return known
    text = problem["msg"].removeprefix("Value error, ")
    return text.replace("Input should be", "must be", 1).replace("a valid ", "a ", 1)
