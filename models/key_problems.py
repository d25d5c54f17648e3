"""What is wrong with the keys of a file, in words for people who have never heard of the library that found it."""

from typing import TYPE_CHECKING

from models.yaml_lines import LinedYaml

if TYPE_CHECKING:
    from pydantic import ValidationError
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


def explain(error: "ValidationError", content: LinedYaml) -> str:
    """Return one line `file:line: key: reason` for each thing that is wrong with the values of a file."""
    return "\n".join(
        f"{content.path}:{content.line(problem['loc'])}: {name_of(problem)}: {in_words(problem)}"
        for problem in error.errors(include_input=False, include_url=False)
    )


def name_of(problem: "ErrorDetails") -> str:
    """Return the key that is wrong, with those around it."""
    return ".".join(str(part) for part in problem["loc"]) or "(whole file)"


def in_words(problem: "ErrorDetails") -> str:
    """Say what is wrong with one key, without its value: that may be a password."""
    known = _WORDS.get(problem["type"])
    if known:
        return known
    text = problem["msg"].removeprefix("Value error, ")
    return text.replace("Input should be", "must be", 1).replace("a valid integer", "a whole number", 1)
