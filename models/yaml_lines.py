"""YAML of which every value's line is known, without what makes YAML dangerous: tags, aliases, repeated keys."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

MAX_BYTES = 1 << 20

KeyPath = tuple[int | str, ...]

_NO_TAG = "a tag (!name) is not used here; put a text that begins with ! in quotes"
_PLAIN_TAGS = ("tag:yaml.org,2002:map", "tag:yaml.org,2002:seq")


@dataclass
class LinedYaml:
    """The plain values of a file, and where they stand."""

    path: Path
    values: Any = None
    lines: dict[KeyPath, int] = field(default_factory=dict)

    def line(self, where: KeyPath) -> int:
        """Return the line of a value, or of the nearest one around it: a missing key belongs to its mapping."""
        while where and where not in self.lines:
            where = where[:-1]
        return self.lines.get(where, 1)


def read_lined_yaml(path: Path) -> LinedYaml:
    """Read a file.

    Raises:
        ValueError: it cannot be read, is too large, is not YAML, or uses an alias, a tag or a key
            twice; the message names the file and the line.
    """
    try:
        text = path.read_bytes()
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}") from error
    if len(text) > MAX_BYTES:
        raise ValueError(f"{path} must be smaller than {MAX_BYTES} bytes, found {len(text)}")
    content = LinedYaml(path)
    try:
        _refuse_aliases(text, path)
        loader = yaml.SafeLoader(text)
        root = loader.get_single_node()
        content.values = _plain(root, (), content, loader) if root is not None else None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ValueError(_complaint(path, error)) from None  # the parser quotes the line, which may hold a password
    return content


def _complaint(path: Path, error: Exception) -> str:
    """Say where and what, but nothing that stands in the file."""
    mark = getattr(error, "problem_mark", None)
    place = f":{mark.line + 1}, column {mark.column + 1}" if mark else ""
    problem = getattr(error, "problem", None) or "not a text in UTF-8 without control characters"
    return f"{path}{place}: is not YAML: {problem}"


def _refuse_aliases(text: bytes, path: Path) -> None:
    """Aliases can make a small file expand without end."""
    for token in yaml.scan(text, Loader=yaml.SafeLoader):
        if isinstance(token, yaml.AliasToken):
            raise ValueError(f"{path}:{token.start_mark.line + 1}: aliases (*name) are not used here")


def _plain(node: yaml.Node, where: KeyPath, content: LinedYaml, loader: yaml.SafeLoader) -> Any:
    content.lines.setdefault(where, node.start_mark.line + 1)
    if not isinstance(node, yaml.ScalarNode) and node.tag not in _PLAIN_TAGS:
        raise yaml.MarkedYAMLError(problem=_NO_TAG, problem_mark=node.start_mark)
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, (*where, index), content, loader) for index, item in enumerate(node.value)]
    if not isinstance(node, yaml.MappingNode):
        return _scalar(node, loader)
    values: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key, line = str(key_node.value), key_node.start_mark.line + 1
        if key in values:
            raise ValueError(f"{content.path}:{line}: the key {key!r} is given twice")
        content.lines[(*where, key)] = line
        values[key] = _plain(value_node, (*where, key), content, loader)
    return values


def _scalar(node: yaml.Node, loader: yaml.SafeLoader) -> Any:
    try:
        return loader.construct_object(node)
    except yaml.constructor.ConstructorError:
        raise yaml.MarkedYAMLError(problem=_NO_TAG, problem_mark=node.start_mark) from None
    except ValueError:  # such as the date 2026-99-99
        problem = "no such number or date; put a text in quotes"
        raise yaml.MarkedYAMLError(problem=problem, problem_mark=node.start_mark) from None
