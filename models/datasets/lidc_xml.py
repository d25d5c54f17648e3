"""Reads what the radiologists of LIDC-IDRI marked in one CT, from the XML file beside it.

Source: Armato et al., "The Lung Image Database Consortium (LIDC) and Image Database Resource Initiative (IDRI)",
Medical Physics 38:915, 2011; elements as in the files of the collection (wiki.cancerimagingarchive.net). Nothing but
the standard library reads them: files that declare a document type, and with it entities, are refused.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from xml.parsers import expat

import numpy as np

from models.datasets.problems import Problems

_ROOT, _SESSION, _NODULE, _REGION, _EDGE = "LidcReadMessage", "readingSession", "unblindedReadNodule", "roi", "edgeMap"
_MAX_BYTES = 64 * 2**20
_MAX_DEPTH = 32


@dataclass(frozen=True, eq=False)
class Contour:
    """One closed line in one slice."""

    z_mm: float
    """Of the slice, LPS."""
    points: np.ndarray
    """Columns and rows, pixels counted from 0, (N, 2); just outside of what it surrounds."""
    is_inclusion: bool
    """Else what it surrounds is a hole."""
    place: str
    """File and line."""


@dataclass(frozen=True, eq=False)
class Mark:
    """One nodule as one radiologist drew it."""

    name: str
    contours: tuple[Contour, ...]
    ratings: Mapping[str, int]
    """Such as malignancy, 1 to 5; none of nodules below 3 mm, which are marked by a point."""
    place: str

    @property
    def is_outlined(self) -> bool:
        """Whether it has more than a point: of 3 mm and more."""
        return any(len(contour.points) > 2 for contour in self.contours)


@dataclass(frozen=True, eq=False)
class LidcReading:
    """What all radiologists marked in one scan."""

    series_uid: str
    sessions: tuple[tuple[Mark, ...], ...]
    """The marks of each radiologist."""


@dataclass
class _Node:
    name: str
    line: int
    text: str = ""
    children: list["_Node"] = field(default_factory=list)

    def each(self, name: str) -> Iterator["_Node"]:
        return (child for child in self.children if child.name == name)

    def said(self, name: str) -> str:
        return next((child.text.strip() for child in self.each(name)), "")


def read_lidc_xml(path: Path) -> LidcReading:
    """Read the marks of a scan.

    Raises:
        ValueError: the file is no such XML, or a mark lacks its slice or its points; one line each, with file and line.
    """
    root = _parsed(path)
    series = next((node.said("SeriesInstanceUid") for node in root.each("ResponseHeader")), "")
    problems = Problems()
    if not series:
        problems.add(f"{path}:{root.line}", "ResponseHeader must have SeriesInstanceUid, found none")
    sessions = tuple(
        tuple(_mark(path, nodule, problems) for nodule in session.each(_NODULE)) for session in root.each(_SESSION)
    )
    if not sessions:
        problems.add(f"{path}:{root.line}", f"at least one {_SESSION} is required, found none")
    problems.raise_if_any()
    return LidcReading(series, sessions)


def _parsed(path: Path) -> _Node:
    """Return the tree of a file, names without their namespace."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ValueError(f"{path}: must be an XML file of LIDC-IDRI: {error}") from error
    if len(content) > _MAX_BYTES:
        raise ValueError(f"{path}: must have at most {_MAX_BYTES} bytes, found {len(content)}")
    parser, stack = expat.ParserCreate(namespace_separator=" "), [_Node("", 0)]

    def start(name: str, _: object) -> None:
        node = _Node(name.rsplit(" ", 1)[-1], parser.CurrentLineNumber)
        if len(stack) > _MAX_DEPTH:
            raise ValueError(f"{path}:{node.line}: elements must lie at most {_MAX_DEPTH} deep")
        stack[-1].children.append(node)
        stack.append(node)

    def refuse(*_: object) -> None:
        raise ValueError(f"{path}:{parser.CurrentLineNumber}: must declare no document type; remove the declaration")

    def add_text(text: str) -> None:
        stack[-1].text += text

    parser.StartElementHandler, parser.EndElementHandler = start, lambda _: stack.pop()
    parser.CharacterDataHandler, parser.StartDoctypeDeclHandler = add_text, refuse
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        raise ValueError(f"{path}:{error.lineno}: must be whole XML: {expat.ErrorString(error.code)}") from error
    root = stack[0].children[0]
    if root.name != _ROOT:
        raise ValueError(f"{path}:{root.line}: must begin with {_ROOT}, found {root.name}")
    return root


def _mark(path: Path, nodule: _Node, problems: Problems) -> Mark:
    contours = tuple(_contour(path, region, problems) for region in nodule.each(_REGION))
    place = f"{path}:{nodule.line}"
    if not contours:
        problems.add(place, f"a nodule must have at least one {_REGION}, found none")
    ratings = {
        rating.name: int(rating.text)
        for node in nodule.each("characteristics")
        for rating in node.children
        if rating.text.strip().isdigit()
    }
    return Mark(nodule.said("noduleID"), contours, ratings, place)


def _contour(path: Path, region: _Node, problems: Problems) -> Contour:
    edges = [
        (_number(path, edge, "xCoord", problems), _number(path, edge, "yCoord", problems))
        for edge in region.each(_EDGE)
    ]
    place = f"{path}:{region.line}"
    if not edges:
        problems.add(place, f"a {_REGION} must have at least one {_EDGE}, found none")
    inclusion = region.said("inclusion").upper()
    if inclusion not in ("TRUE", "FALSE"):
        problems.add(place, f"inclusion must be TRUE or FALSE, got {inclusion!r}")
    height = _number(path, region, "imageZposition", problems)
    return Contour(height, np.array(edges, float).reshape(-1, 2), inclusion == "TRUE", place)


def _number(path: Path, node: _Node, name: str, problems: Problems) -> float:
    try:
        number = float(node.said(name))
    except ValueError:
        number = float("nan")
    if not np.isfinite(number):
        problems.add(f"{path}:{node.line}", f"{name} must be a number, got {node.said(name)!r}")
    return number
