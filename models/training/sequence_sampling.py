"""Draws long stretches of labelled scenes for models that are streamed: every slice of one teaches something."""

from collections.abc import Sequence

import numpy as np

from models.serving import FRAMES_PER_SLICE
from models.training.objectives import NO_TARGET
from models.training.sampling import ClipSampler, DrawnClip, draw_speed
from models.training.scenes import LabelledScene

FRAMES_PER_CLIP = 2 * FRAMES_PER_SLICE
"""A slice of logits speaks of two slices of frames."""


class SequenceSampler:
    """Stretches of scenes of one picture size, each around a clip that `ClipSampler` drew, so that no label is rare.

    A stretch knows nothing of what came before it, as a stream knows nothing of the time before a camera was switched
    on. Each slice bears the label of the middle of its clip; slices near the border of an event bear none.
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

        Args:
            num_frames: of a stretch, a multiple of 8.
            none_share: of the stretches that are drawn around a clip in which nothing happens.

        Raises:
            ValueError: the scenes differ in size, one is shorter than a stretch, or a label never occurs.
        """
        shortest = min(len(scene.frames) for scene in scenes)
        if shortest < num_frames:
            raise ValueError(f"a scene needs at least the {num_frames} frames of a sequence, got {shortest}")
        self._scenes, self._labels, self._num_frames = scenes, labels, num_frames
        self._border_seconds = border_seconds
        self._clips = ClipSampler(
            scenes, labels, num_frames=FRAMES_PER_CLIP, none_share=none_share, border_seconds=border_seconds
        )

    @property
    def num_scenes(self) -> int:
        return len(self._scenes)

    def draw(self, rng: np.random.Generator) -> DrawnClip:
        """Draw one stretch; its target has one entry for each two neighbouring slices of frames, (S,)."""
        scene_index, clip_start, _ = self._clips.draw_place(rng)
        scene, speed = self._scenes[scene_index], draw_speed(rng)
        num_slices = self._num_frames // FRAMES_PER_SLICE - 1
        place = int(rng.integers(num_slices)) * FRAMES_PER_SLICE  # of the clip within the stretch
        last_start = len(scene.frames) - 1 - int(np.ceil((self._num_frames - 1) * speed))
        start = min(max(clip_start - round(place * speed), 0), max(last_start, 0))
        indices = np.round(start + np.arange(self._num_frames) * speed).astype(int)
        centres = start + (np.arange(num_slices) + 1) * FRAMES_PER_SLICE * speed  # in frames of the scene
        targets = np.array([self._target(scene, float(centre) / scene.frame_rate_hz) for centre in centres])
        return DrawnClip(scene.frames[np.minimum(indices, len(scene.frames) - 1)], targets)

    def _target(self, scene: LabelledScene, seconds: float) -> int:
        if scene.seconds_to_border(seconds) < self._border_seconds:
            return NO_TARGET
        return self._labels.index(scene.label_at(seconds))
