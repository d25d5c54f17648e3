"""Reading rules: from the settings, or from a YAML file so that a refusal names the file, the line and the key."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from models.key_problems import in_words
from models.yaml_lines import read_lined_yaml
from stream.alerts.rule import Rule

DEFAULT_RULES = Path(__file__).parents[2] / "configs" / "rules.yaml"

KeyPath = tuple[int | str, ...]
"""Keys and indices that lead to a value, from the list of rules on."""


def load_rules(records: Sequence[Mapping[str, Any]] = ()) -> tuple[Rule, ...]:
    """Return the rules that the settings give, or those of configs/rules.yaml when they give none.

    Raises:
        ValueError: a rule is wrong, or two have one name; one line for each, naming the key.
    """
    if not records:
        return read_rules(DEFAULT_RULES)
    rules, problems = _parse(records)
    if problems:
        raise ValueError("\n".join(f"{_key(where)}: {text}" for where, text in problems))
    return rules


def read_rules(path: Path) -> tuple[Rule, ...]:
    """Return the rules of a file: a mapping with the one key `rules`, a list.

    Raises:
        ValueError: the file cannot be read, is not YAML, repeats a key, uses aliases, or a rule is
            wrong; one line `file:line: key: reason` for each.
    """
    content = read_lined_yaml(path)
    values = content.values
    if not isinstance(values, dict) or set(values) != {"rules"} or not isinstance(values["rules"], list):
        raise ValueError(f"{path}:1: a rule file must hold the one key `rules` with a list of rules")
    rules, problems = _parse(values["rules"])
    if problems:
        lines = [f"{path}:{content.line(('rules', *where))}: {_key(where)}: {text}" for where, text in problems]
        raise ValueError("\n".join(lines))
    return rules


def _parse(records: Sequence[Any]) -> tuple[tuple[Rule, ...], list[tuple[KeyPath, str]]]:
    rules: dict[str, Rule] = {}
    problems: list[tuple[KeyPath, str]] = []
    for index, record in enumerate(records):
        try:
            rule = Rule.model_validate(record)
        except ValidationError as error:
            problems += _problems(index, error)
            continue
        if rule.name in rules:
            problems.append(((index, "name"), f"every rule needs a name of its own, {rule.name!r} is used before"))
        rules[rule.name] = rule
    return tuple(rules.values()), problems


def _problems(index: int, error: ValidationError) -> list[tuple[KeyPath, str]]:
    found: list[tuple[KeyPath, str]] = []
    for problem in error.errors(include_input=False, include_url=False):
        where = problem["loc"]
        if where[:1] == ("when",):
            where = (where[0], *where[2:])  # without the kind of condition, which pydantic puts there
        found.append(((index, *where), in_words(problem)))
    return found


def _key(where: KeyPath) -> str:
    return "rules" + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in where)
