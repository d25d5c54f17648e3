"""Finds nodules in a scan, piece by piece: reads it, proposes places, and asks a network about each."""

from collections.abc import Callable, Generator
from dataclasses import dataclass, replace

import numpy as np

from models.imaging.answer import Finding, Progress
from models.imaging.volume import StoredVolume
from models.nodules.blobs import find_blobs
from models.nodules.cubes import cut_cubes
from models.nodules.lung_scan import LungReader, LungScan
from models.nodules.ranking import rank

_CUBES_AT_ONCE = 30
_BLOB_STEPS = 4
"""So much work is the filter, in steps."""

AskNetwork = Callable[[np.ndarray], np.ndarray]
"""Answers (N, 2) of cubes, uint8 (N, SIDE, SIDE, SIDE)."""


@dataclass(frozen=True, eq=False)
class FoundNodules:
    """What was found, with the lungs that it was found in."""

    findings: tuple[Finding, ...]
    """Numbered from 1, the surest first."""
    lungs: LungScan | None
    """None: the scan shows no lung."""


def find_nodules(
    volume: StoredVolume, ask: AskNetwork, *, least_score: float
) -> Generator[Progress, None, FoundNodules]:
    """Find nodules; between two pieces of work it says how far it is.

    Args:
        volume: CT in HU, of any orientation and spacing.
        ask: the network.
        least_score: what is less sure is not told.

    Raises:
        ValueError: the values are none of a CT.
    """
    reader = LungReader(volume)
    total, done = reader.num_steps + 2 * _BLOB_STEPS, 0
    for done in reader.steps():
        yield Progress(min(done, reader.num_steps), total, "steps")
    lungs = reader.scan
    if lungs is None:
        return FoundNodules((), None)
    blobs = find_blobs(lungs)
    yield Progress(total - _BLOB_STEPS, total, "steps")
    answers = [np.zeros((0, 2), np.float32)]
    for start in range(0, len(blobs.places), _CUBES_AT_ONCE):
        part = slice(start, start + _CUBES_AT_ONCE)
        answers.append(ask(cut_cubes(lungs.voxels, blobs.places[part], blobs.axes[part])))
        yield Progress(min(total - _BLOB_STEPS + start // _CUBES_AT_ONCE + 1, total), total, "steps")
    findings = rank(lungs.grid.positions_mm(blobs.places), np.concatenate(answers), least_score=least_score)
    return FoundNodules(tuple(replace(one, number=index) for index, one in enumerate(findings, 1)), lungs)
