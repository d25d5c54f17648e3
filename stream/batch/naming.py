"""Names of output files: the input's stem where that is enough, more of its path where it is not."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePath

from stream.batch.inputs import AnalysisInput, is_url
from stream.sources.url import redact_url


def output_names(inputs: Sequence[AnalysisInput], taken: Mapping[str, str]) -> list[str]:
    """Give every input an output name of its own, so that no output overwrites another's.

    The rule: an input keeps the name that it had in an earlier run. Else it is named by its stem, `cam`. Where inputs
    share a stem, all of them take the same form, the first of these that tells them apart: the folder in front,
    `ward1_cam`; the extension behind, `cam_mp4`; both; both with ever more folders; a number made from the whole path.

    Args:
        inputs: what is analysed in this run.
        taken: name to location (`place_of`) of what earlier runs left in the output folder.
    """
    names = {place: name for name, place in taken.items()}
    used = {name.casefold() for name in taken}
    stems = Counter(entry.stem.casefold() for entry in inputs)
    new = [entry for entry in inputs if place_of(entry.location) not in names]
    for stem in dict.fromkeys(entry.stem.casefold() for entry in new):
        group = [entry for entry in new if entry.stem.casefold() == stem]
        for found in _forms(group, is_shared=stems[stem] > 1):
            folded = {name.casefold() for name in found}
            if len(folded) == len(group) and not folded & used:
                break
        used |= folded
        names.update(zip((place_of(entry.location) for entry in group), found, strict=True))
    return [names[place_of(entry.location)] for entry in inputs]


def place_of(location: str) -> str:
    """Return the location in a form that does not depend on the current folder and holds no password."""
    return redact_url(location) if is_url(location) else str(Path(location).resolve())


def _forms(group: Sequence[AnalysisInput], *, is_shared: bool) -> Iterator[list[str]]:
    """Yield names for inputs of one stem, form by form; the last tells any two places apart."""
    if not is_shared:
        yield [_safe(entry.stem) for entry in group]
    yield [_with_folders(entry, 1) for entry in group]
    yield [f"{_safe(entry.stem)}_{_extension(entry)}" for entry in group]
    for depth in range(1, max(len(_folders(entry)) for entry in group) + 1):
        yield [f"{_with_folders(entry, depth)}_{_extension(entry)}" for entry in group]
    yield [f"{_safe(entry.stem)}_{hashlib.sha256(str(_path(entry)).encode()).hexdigest()[:12]}" for entry in group]


def _with_folders(entry: AnalysisInput, depth: int) -> str:
    return "_".join([*_folders(entry)[-depth:], _safe(entry.stem)])


def _folders(entry: AnalysisInput) -> list[str]:
    return [_safe(part) for part in _path(entry).parts[:-1] if part != "/"]


def _extension(entry: AnalysisInput) -> str:
    return _safe(_path(entry).suffix[1:])


def _path(entry: AnalysisInput) -> PurePath:
    return PurePath(place_of(entry.location).split("?")[0])


def _safe(text: str) -> str:
    """Return the text without what a file name cannot hold, or hides behind."""
    cleaned = "".join("_" if character in '/\\:*?"<>|' or ord(character) < 32 else character for character in text)
    return cleaned.lstrip(".")[:120] or "input"
