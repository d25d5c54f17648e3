"""Scores every clip of a scene, as it would be scored live: same length, same stride."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from models.predictor import ClipSpec
from models.serving import FRAMES_PER_SLICE
from models.training.replicas import fast_arithmetic, to_input
from models.training.scenes import LabelledScene

CLIPS_AT_ONCE = 16


@dataclass(frozen=True, eq=False)
class SceneScores:
    """The scores of consecutive clips of one scene."""

    start_seconds: np.ndarray
    """Media time of each clip's first frame, shape (M,)."""
    end_seconds: np.ndarray
    """Media time of the end of each clip's last frame, shape (M,)."""
    scores: np.ndarray
    """One distribution over the labels a clip, shape (M, num_labels)."""

    @property
    def centre_seconds(self) -> np.ndarray:
        return np.asarray((self.start_seconds + self.end_seconds) / 2)


@torch.inference_mode()
def score_scene(network: nn.Module, scene: LabelledScene, spec: ClipSpec) -> SceneScores:
    """Score the clips of a scene with a network in evaluation mode.

    Raises:
        ValueError: the scene is shorter than a clip.
    """
    starts = _clip_starts(scene, spec)
    frames = torch.from_numpy(scene.frames)
    rows = []
    for first in range(0, len(starts), CLIPS_AT_ONCE):
        clips = torch.stack(
            [frames[start : start + spec.num_frames] for start in starts[first : first + CLIPS_AT_ONCE]]
        )
        with fast_arithmetic(length=spec.num_frames):
            rows.append(network(to_input(clips)).float().softmax(1).numpy())
    return _scores(scene, spec, starts, np.concatenate(rows))


@torch.inference_mode()
def score_stream(slices: nn.Module, scene: LabelledScene, spec: ClipSpec) -> SceneScores:
    """Score the clips of a scene as parts of the whole, as a stream does.

    Args:
        slices: Gives the logits of every slice of a video, (N, C, S); in evaluation mode.
        spec: Of clips of two slices that start one slice apart.

    Raises:
        ValueError: the scene is shorter than a clip.
    """
    starts = _clip_starts(scene, spec)
    video = to_input(torch.from_numpy(scene.frames)[None])  # (1, 3, T, H, W)
    padded = F.pad(video, (0, 0, 0, 0, 0, -len(scene.frames) % FRAMES_PER_SLICE))
    with fast_arithmetic(length=padded.shape[2]):
        logits = slices(padded)[0].float()  # (C, S)
    return _scores(scene, spec, starts, logits.softmax(0).T[: len(starts)].numpy())


def _clip_starts(scene: LabelledScene, spec: ClipSpec) -> np.ndarray:
    starts = np.arange(0, len(scene.frames) - spec.num_frames + 1, spec.stride_frames)
    if not len(starts):
        raise ValueError(f"a scene needs at least {spec.num_frames} frames, got {len(scene.frames)}")
    return starts


def _scores(scene: LabelledScene, spec: ClipSpec, starts: np.ndarray, rows: np.ndarray) -> SceneScores:
    start_seconds = starts / scene.frame_rate_hz
    return SceneScores(start_seconds, start_seconds + spec.duration_seconds, rows)
