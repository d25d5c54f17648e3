"""Draws clips from recordings so that every label gets its share, whatever is frequent in the data."""

from collections.abc import Sequence

import numpy as np

from models.training.recordings import NONE, Recording, Wanted, clip_places, frames_of_clip
from models.training.sampling import SPEED_RANGE, DrawnClip


class RecordingSampler:
    """All clips of some recordings, drawn label by label, then recording by recording, then anywhere within.

    So neither a frequent label nor a long recording takes more than its share. Without `balance`, every recording
    is as likely as another, whatever it shows.
    """

    def __init__(
        self,
        recordings: Sequence[Recording],
        wanted: Wanted,
        *,
        num_frames: int,
        balance: bool = True,
        none_share: float | None = None,
        change_speed: bool = False,
    ) -> None:
        """Index the clips.

        Args:
            recordings: whose pictures are all of one size, unless clips are cropped afterwards.
            wanted: what is asked of each clip.
            num_frames: of a clip.
            balance: whether each label is as likely as another.
            none_share: of the clips that show nothing; None: as likely as any other label.
            change_speed: whether half of the clips are played up to a fifth slower or faster.

        Raises:
            ValueError: a label never occurs, or there is no clip at all.
        """
        self._recordings, self._num_frames = recordings, num_frames
        self._change_speed = change_speed
        self._places = [clip_places(recording, wanted, num_frames=num_frames) for recording in recordings]
        is_balanced = balance and not wanted.number
        self._choices = self._by_label(wanted) if is_balanced else self._by_recording()
        self._shares = _shares(wanted, none_share, [bool(choice) for choice in self._choices], is_balanced)

    @property
    def num_clips(self) -> int:
        return sum(len(places.starts) for places in self._places)

    def draw(self, rng: np.random.Generator) -> DrawnClip:
        """Draw one clip."""
        choice = self._choices[int(rng.choice(len(self._choices), p=self._shares))]
        recording_index, allowed = choice[int(rng.integers(len(choice)))]
        place = int(allowed[int(rng.integers(len(allowed)))])
        places = self._places[recording_index]
        offsets = np.arange(self._num_frames, dtype=float)
        if self._change_speed and rng.random() < 0.5:
            middle = (self._num_frames - 1) / 2
            offsets = middle + (offsets - middle) * rng.uniform(*SPEED_RANGE)
        indices = np.round(places.starts[place] + offsets).astype(int)
        return DrawnClip(frames_of_clip(self._recordings[recording_index].frames, indices), places.targets[place])

    def _by_recording(self) -> list[list[tuple[int, np.ndarray]]]:
        """One choice: any recording, any clip of it."""
        everything = [(index, np.arange(len(p.starts))) for index, p in enumerate(self._places) if len(p.starts)]
        if not everything:
            raise ValueError("no clip can be made of the training videos; see data.labels and clip.num_frames")
        return [everything]

    def _by_label(self, wanted: Wanted) -> list[list[tuple[int, np.ndarray]]]:
        """A choice for each label: the recordings in which it occurs, and the clips that show it.

        With several labels a clip that shows none of them stands under one more choice, the last.
        """
        choices: list[list[tuple[int, np.ndarray]]] = [[] for _ in range(len(wanted.labels) + 1)]
        for index, places in enumerate(self._places):
            for label, choice in enumerate(choices):
                if len(shown := np.flatnonzero(_shows(places.targets, label, len(wanted.labels)))):
                    choice.append((index, shown))
        absent = [label for label, choice in zip(wanted.labels, choices, strict=False) if not choice and label != NONE]
        if absent:
            raise ValueError(f"no training video shows {', '.join(absent)}; add some or leave the label out")
        return choices


def _shows(targets: np.ndarray, label: int, num_labels: int) -> np.ndarray:
    if targets.ndim == 1:
        return np.asarray(targets == label)
    return np.asarray(~targets.any(1) if label == num_labels else targets[:, label] > 0)


def _shares(wanted: Wanted, none_share: float | None, exists: list[bool], is_balanced: bool) -> np.ndarray:
    """Return how likely each choice is."""
    if not is_balanced:
        return np.ones(1)
    is_none = np.array([label == NONE for label in wanted.labels] + [True]) & exists
    others = ~is_none & exists
    if none_share is None or not is_none.any() or not others.any():
        shares = np.array(exists, float)
    else:
        shares = is_none * none_share / is_none.sum() + others * (1 - none_share) / others.sum()
    return np.asarray(shares / shares.sum())
