"""Names of output files: the input's stem where that is enough, more of its path where it is not."""

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePath

from stream.batch.inputs import AnalysisInput, is_url
from stream.sources.url import redact_url


def output_names(inputs: Sequence[AnalysisInput], taken: Mapping[str, str]) -> list[str]:
    """Give every input an output name of its own, so that no output overwrites another's.

    An input keeps the name that it had in an earlier run. Else it gets its stem when no other input has the
    same; inputs of equal stems get the folders above them put in front, then their extensions behind.

    Args:
        inputs: what is analysed in this run.
        taken: name to location (`place_of`) of what earlier runs left in the output folder.
    """
    earlier = {place: name for name, place in taken.items()}
    owners = {name.casefold(): place for name, place in taken.items()}
    num_of_stem = Counter(entry.stem.casefold() for entry in inputs)
    names = []
    for entry in inputs:
        place = place_of(entry.location)
        name = earlier.get(place)
        if name is None:
            is_shared = num_of_stem[entry.stem.casefold()] > 1
            name = next(name for name in _candidates(entry, is_shared) if owners.get(name.casefold(), place) == place)
        owners[name.casefold()] = place
        names.append(name)
    return names


def place_of(location: str) -> str:
    """Return the location in a form that does not depend on the current folder and holds no password."""
    return redact_url(location) if is_url(location) else str(Path(location).resolve())


def _candidates(entry: AnalysisInput, is_shared: bool) -> Iterator[str]:
    place = PurePath(place_of(entry.location).split("?")[0])
    folders = [_safe(part) for part in place.parts[:-1] if part != "/"]
    stem = _safe(entry.stem)
    if not is_shared:
        yield stem
    if folders:
        yield f"{folders[-1]}_{stem}"
    yield f"{stem}_{_safe(place.suffix[1:])}"
    for depth in range(1, len(folders) + 1):
        yield "_".join([*folders[-depth:], stem, _safe(place.suffix[1:])])
    yield f"{stem}_{hashlib.sha256(str(place).encode()).hexdigest()[:12]}"


def _safe(text: str) -> str:
    """Return the text without what a file name cannot hold, or hides behind."""
    cleaned = "".join("_" if character in '/\\:*?"<>|' or ord(character) < 32 else character for character in text)
    return cleaned.lstrip(".")[:120] or "input"
