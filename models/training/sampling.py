"""Draws clips from labelled scenes so that every label gets its share and hard clips are not rare."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.training.scenes import LabelledScene

HARD_SHARE = 0.6
"""Of the clips without an event, those near one or in a look-alike."""
NEAR_SECONDS = 3.0
SPEED_RANGE = (0.85, 1.18)
"""A clip is played this much slower or faster, half of the time."""


@dataclass(frozen=True, eq=False)
class DrawnClip:
    """Frames of one clip or sequence as drawn, and what should be said of it."""

    frames: np.ndarray
    """uint8 RGB, shape (T, H, W, 3)."""
    target: int | np.ndarray
    """Index of the clip's label; of a sequence one a slice, (S,); of a recording an entry of `ClipPlaces.targets`."""


class ClipSampler:
    """All clips of scenes of one picture size, by label.

    A clip bears the label of what happens at its centre. Clips whose centre is close to the border
    of an event are left out: even people would not agree on them.
    """

    def __init__(
        self,
        scenes: Sequence[LabelledScene],
        labels: tuple[str, ...],
        *,
        num_frames: int,
        none_share: float,
        border_seconds: float,
    ) -> None:
        """Index the clips.

        Raises:
            ValueError: the scenes differ in size, or a label never occurs.
        """
        if len({scene.frames.shape[1:] for scene in scenes}) != 1:
            raise ValueError(f"all scenes of a sampler must be of one size, got {[s.frames.shape for s in scenes]}")
        self._scenes, self._num_frames = scenes, num_frames
        self._groups: list[list[tuple[int, int]]] = [[] for _ in range(len(labels) + 1)]
        for scene_index, scene in enumerate(scenes):
            for start in range(len(scene.frames) - num_frames + 1):
                centre = (start + num_frames / 2) / scene.frame_rate_hz
                if scene.seconds_to_border(centre) >= border_seconds:
                    label = labels.index(scene.label_at(centre))
                    is_hard = label == 0 and _is_hard(scene, centre)
                    self._groups[len(labels) if is_hard else label].append((scene_index, start))
        empty = [label for label, group in zip(labels[1:], self._groups[1:], strict=False) if not group]
        if empty:
            raise ValueError(f"no clip shows {', '.join(empty)}; add scenes in which it happens")
        shares = [none_share * (1 - HARD_SHARE), *[(1 - none_share) / (len(labels) - 1)] * (len(labels) - 1)]
        weights = np.array([*shares, none_share * HARD_SHARE]) * [bool(group) for group in self._groups]
        self._weights = weights / weights.sum()

    @property
    def num_scenes(self) -> int:
        return len(self._scenes)

    def draw(self, rng: np.random.Generator) -> DrawnClip:
        """Draw one clip."""
        scene_index, start, label = self.draw_place(rng)
        frames = self._scenes[scene_index].frames
        speed = draw_speed(rng)
        middle = (self._num_frames - 1) / 2
        chosen = np.round(start + middle + (np.arange(self._num_frames) - middle) * speed).astype(int)
        return DrawnClip(frames[np.clip(chosen, 0, len(frames) - 1)], label)

    def draw_place(self, rng: np.random.Generator) -> tuple[int, int, int]:
        """Draw the scene of a clip, its first frame and the index of its label."""
        index = int(rng.choice(len(self._groups), p=self._weights))
        group = self._groups[index]
        scene_index, start = group[int(rng.integers(len(group)))]
        return scene_index, start, index % (len(self._groups) - 1)


def draw_speed(rng: np.random.Generator) -> float:
    """Draw how much faster than recorded something is played; half of the time as it was."""
    return rng.uniform(*SPEED_RANGE) if rng.random() < 0.5 else 1.0


def _is_hard(scene: LabelledScene, seconds: float) -> bool:
    in_look_alike = any(span.start_seconds - 1 <= seconds < span.end_seconds + 1 for span in scene.look_alikes)
    return in_look_alike or scene.seconds_to_border(seconds) < NEAR_SECONDS
