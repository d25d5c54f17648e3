"""Makes recordings into material: flow, numbers of every clip, features of frames; kept on disk for another run."""

import hashlib
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np

from models.evaluation.events import Span
from models.falls import description, motion
from models.falls.labels import FALL
from models.falls.motion import Fields, measure_fields
from models.flow import dis
from models.training import augmentation
from models.training.augmentation import change_look, draw_warp, warp_clip
from models.training.falls import examples as clips
from models.training.falls import looks
from models.training.falls.examples import Examples, Watched, served_examples, taught_examples
from models.training.falls.lesson import Material
from models.training.falls.looks import Looker
from models.whole_file import whole_file

FALL_ZOOMS, FALL_SHIFT = (0.7, 1.25), 0.08
"""How near other cameras see a fall, and how far from the middle: all of it stays in the picture."""
OTHER_ZOOMS, OTHER_SHIFT = (0.65, 1.9), 0.25
"""How near they see what is no fall: only a part of somebody may be in the picture, who comes and goes."""
_MAKERS = (dis, motion, description, clips, looks, augmentation)
"""Whose code decides what a recording is described as: changed, they describe everything anew."""


@dataclass(frozen=True, eq=False)
class Footage:
    """One video at the model's frame rate and size, before it is described."""

    name: str
    source: str
    group: str
    frames: np.ndarray
    """uint8 RGB, (T, H, W, 3); may lie on disk."""
    spans: tuple[Span, ...]
    view: int = 0
    """0: as it is; else the number of another camera that would show it."""
    is_backwards: bool = False
    """Whether it is to be seen from its end to its beginning. The spans are on the time of what is seen."""

    @property
    def has_fall(self) -> bool:
        return any(span.label == FALL for span in self.spans)

    @property
    def key(self) -> str:
        return f"{self.source}_{self.name}_{self.view}"


class MaterialMaker:
    """Describes footage, and keeps what it made in a folder."""

    def __init__(self, folder: Path, looker: Looker, *, num_regions: int, seed: int) -> None:
        self._folder, self._looker = folder, looker
        self._num_regions, self._seed = num_regions, seed
        folder.mkdir(parents=True, exist_ok=True)

    def served(self, footage: Footage) -> Material:
        """Return a recording to be judged: its clips as they are served."""
        return self._made(footage, is_taught=False)

    def taught(self, footage: Footage) -> Material:
        """Return a recording to learn from."""
        return self._made(footage, is_taught=True)

    def _made(self, footage: Footage, *, is_taught: bool) -> Material:
        path = self._path_of(footage, is_taught=is_taught)
        if not path.exists():
            self._make(footage, path, is_taught=is_taught)
        watched = _unwatched(footage)
        with np.load(path) as kept:
            examples = Examples(kept["starts"], kept["targets"], kept["numbers"].astype(np.float32))
            return Material(watched, examples, kept["looks"])

    def _path_of(self, footage: Footage, *, is_taught: bool) -> Path:
        """Return where a described recording lies; made of or by anything else, it lies elsewhere."""
        made_of = (
            *(footage.key, footage.spans, footage.is_backwards, footage.frames.shape),
            *(is_taught, self._num_regions, self._seed),
        )
        digest = hashlib.sha256(f"{made_of} {_makers_state()}".encode())
        digest.update(np.ascontiguousarray(footage.frames).data)
        use = "taught" if is_taught else "served"
        return self._folder / f"{footage.key.replace('/', '_')}_{use}-{digest.hexdigest()[:16]}.npz"

    def _make(self, footage: Footage, path: Path, *, is_taught: bool) -> None:
        rng = np.random.default_rng((self._seed, footage.view, zlib.crc32(footage.name.encode())))
        frames = np.asarray(footage.frames)
        if footage.view:
            frames = _seen_otherwise(frames, rng, has_fall=footage.has_fall)
        if footage.is_backwards:
            frames = np.ascontiguousarray(frames[::-1])
        watched = replace(_unwatched(footage), fields=measure_fields(frames))
        examples = (
            taught_examples(watched, num_regions=self._num_regions, rng=rng) if is_taught else served_examples(watched)
        )
        with whole_file(path) as draft, draft.open("wb") as file:
            np.savez(
                file,
                starts=examples.starts,
                targets=examples.targets,
                numbers=examples.numbers.astype(np.float16),
                looks=self._looker.look(frames),
            )


@cache
def _makers_state() -> str:
    """Return a word that changes with the code of what describes recordings."""
    return hashlib.sha256(b"".join(Path(str(maker.__file__)).read_bytes() for maker in _MAKERS)).hexdigest()


def _seen_otherwise(frames: np.ndarray, rng: np.random.Generator, *, has_fall: bool) -> np.ndarray:
    """Return frames as another camera would show them."""
    zooms, shift = (FALL_ZOOMS, FALL_SHIFT) if has_fall else (OTHER_ZOOMS, OTHER_SHIFT)
    return change_look(warp_clip(frames, draw_warp(frames.shape[1:3], rng, zooms=zooms, shift=shift)), rng)


def with_short_falls(spans: Sequence[Span], fall_seconds: float) -> tuple[Span, ...]:
    """Return spans in which a fall ends on the floor, not when the person gets up or the recording ends."""
    return tuple(
        replace(span, end_seconds=min(span.end_seconds, span.start_seconds + fall_seconds))
        if span.label == FALL
        else span
        for span in spans
    )


def _unwatched(footage: Footage) -> Watched:
    """Return the recording without its flow, which nobody needs once it is described."""
    length = len(footage.frames)
    fields = Fields(np.empty((length - 1, 0, 0, 2), np.float16), np.empty((length, 0, 0), np.uint8))
    return Watched(footage.name, footage.source, footage.group, fields, footage.spans)
