"""The networks behind an echo reading, each with what it wants to see: ours, and EchoNet-Dynamic's published ones."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from torch import Tensor, nn

from models.echo.beats import ECHONET_RATE_HZ
from models.echo.crop import SIDE
from models.echo.ef_clip import clip_around, clip_indices, clip_volume_ef
from models.echo.neighbours import neighbour_indices

FRAMES_AT_ONCE = 32
CLIPS_AT_ONCE = 4
ECHONET_MEAN, ECHONET_STD = (32.6, 32.7, 33.0), (49.9, 50.0, 50.2)
"""Of grey values 0..255 a channel. EchoNet computes them anew from its training films at every start; these are the
values that its users found."""
ECHONET_LENGTH, ECHONET_PERIOD = 32, 2


@dataclass(frozen=True, eq=False)
class FrameFindings:
    """What is to be seen in each frame."""

    probabilities: np.ndarray
    """Of the left ventricle, 0..255, uint8 (T, SIDE, SIDE)."""
    views: np.ndarray
    """Score of every view, (T, num_views), float32; each row adds up to 1."""


class MaskReader(Protocol):
    """Finds the left ventricle."""

    def probabilities(self, frames: np.ndarray, frame_rate_hz: float) -> np.ndarray:
        """Return where the ventricle is, 0..255, uint8 (T, SIDE, SIDE), for frames of that shape, uint8 grey."""
        ...


class EfReader(Protocol):
    """Reads the ejection fraction of single beats."""

    def ef_percent(
        self, frames: np.ndarray, probabilities: np.ndarray, pts_seconds: np.ndarray, systoles: Sequence[int]
    ) -> list[float]:
        """Return the ejection fraction of the beat around each end of systole, percent.

        Args:
            frames: uint8 grey, (T, SIDE, SIDE).
            probabilities: of the ventricle, uint8 (T, SIDE, SIDE).
            pts_seconds: (T,).
            systoles: frames in which the ventricle is smallest.
        """
        ...


class FrameReader:
    """Our frame network: masks and views, of each frame alone or between its neighbours, as it was trained."""

    def __init__(self, network: nn.Module, device: str = "cpu") -> None:
        self._num_seen = network.get_parameter("stem.0.weight").shape[1]
        self._network = network.to(device).eval().to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self._device = device

    def find(self, frames: np.ndarray, frame_rate_hz: float) -> FrameFindings:
        """Look at the frames of a recording, uint8 grey (T, SIDE, SIDE)."""
        indices = neighbour_indices(len(frames), frame_rate_hz, num_seen=self._num_seen)
        masks, views = [], []
        with torch.inference_mode():
            for start in range(0, len(frames), FRAMES_AT_ONCE):
                part = torch.from_numpy(frames[indices[start : start + FRAMES_AT_ONCE]]).to(self._device)
                mask, view = self._network(part.float() * (2 / 255) - 1)
                masks.append(_to_bytes(mask))
                views.append(view.softmax(1).cpu().numpy())
        return FrameFindings(np.concatenate(masks), np.concatenate(views))

    def probabilities(self, frames: np.ndarray, frame_rate_hz: float) -> np.ndarray:
        return self.find(frames, frame_rate_hz).probabilities


class ClipEfReader:
    """Our R(2+1)D on the moving mask, cut out around the ventricle, at 25 frames a second.

    It says by how much the ejection fraction by area and length is wrong: what masks of speckle get wrong is small and
    regular, and is learnt from few beats.
    """

    def __init__(self, network: nn.Module, device: str = "cpu") -> None:
        self._network = network.to(device).eval().to(memory_format=torch.channels_last_3d)  # type: ignore[call-overload]
        self._device = device

    def ef_percent(
        self, frames: np.ndarray, probabilities: np.ndarray, pts_seconds: np.ndarray, systoles: Sequence[int]
    ) -> list[float]:
        seen = [probabilities[clip_indices(pts_seconds, float(pts_seconds[systole]))] for systole in systoles]
        clips = [clip_around(beat).astype(np.float32) * (2 / 255) - 1 for beat in seen]
        corrections = _run_clips(self._network, clips, self._device)
        return [clip_volume_ef(beat) + correction for beat, correction in zip(seen, corrections, strict=True)]


class EchoNetMaskReader:
    """DeepLabV3-ResNet50 with one class, as EchoNet-Dynamic trained it: the mask is where the logit is above 0."""

    def __init__(self, network: nn.Module, device: str = "cpu") -> None:
        self._network, self._device = network.to(device).eval(), device

    def probabilities(self, frames: np.ndarray, frame_rate_hz: float) -> np.ndarray:
        masks = []
        with torch.inference_mode():
            for start in range(0, len(frames), CLIPS_AT_ONCE):
                seen = echonet_normalise(frames[start : start + CLIPS_AT_ONCE])  # (3, T, H, W)
                masks.append(_to_bytes(self._network(torch.from_numpy(seen).transpose(0, 1).to(self._device))))
        return np.concatenate(masks)


class EchoNetEfReader:
    """R(2+1)D-18 with one output, as EchoNet-Dynamic trained it: 32 frames, every second one, beat by beat."""

    def __init__(self, network: nn.Module, device: str = "cpu") -> None:
        self._network, self._device = network.to(device).eval(), device

    def ef_percent(
        self, frames: np.ndarray, probabilities: np.ndarray, pts_seconds: np.ndarray, systoles: Sequence[int]
    ) -> list[float]:
        film, seconds = at_rate(frames, pts_seconds, ECHONET_RATE_HZ)
        starts = [int(np.argmin(np.abs(seconds - pts_seconds[systole]))) for systole in systoles]
        return _run_clips(self._network, [echonet_clip(film, systole) for systole in starts], self._device)


def echonet_normalise(frames: np.ndarray) -> np.ndarray:
    """Map uint8 grey frames (T, SIDE, SIDE) to what EchoNet's networks read: (3, T, SIDE, SIDE), float32.

    The corners outside its fan are black, as in its films.

    Source: github.com/echonet/dynamic, echonet/datasets/echo.py and scripts/ConvertDICOMToAVI.ipynb.
    """
    y, x = np.mgrid[:SIDE, :SIDE]
    is_outside = (x + y <= 67) | (x - y >= 67)
    shown = np.where(is_outside, 0, frames).astype(np.float32)
    mean, std = (np.array(values, np.float32)[:, None, None, None] for values in (ECHONET_MEAN, ECHONET_STD))
    return np.asarray((shown[None] - mean) / std)


def echonet_clip(film: np.ndarray, systole: int) -> np.ndarray:
    """Return the clip that EchoNet reads for a beat: (3, 32, SIDE, SIDE), float32.

    It begins 32 frames before the end of systole, or with the film; a film that is too short is filled up with zeros
    after normalisation, as published.
    """
    normal = echonet_normalise(film)
    missing = ECHONET_LENGTH * ECHONET_PERIOD - normal.shape[1]
    if missing > 0:
        normal = np.pad(normal, ((0, 0), (0, missing), (0, 0), (0, 0)))
    first = max(systole - ECHONET_LENGTH, 0)
    chosen = first + ECHONET_PERIOD * np.arange(ECHONET_LENGTH)
    padded = np.pad(normal, ((0, 0), (0, max(int(chosen[-1]) + 1 - normal.shape[1], 0)), (0, 0), (0, 0)))
    return np.ascontiguousarray(padded[:, chosen])


def at_rate(frames: np.ndarray, pts_seconds: np.ndarray, rate_hz: float) -> tuple[np.ndarray, np.ndarray]:
    """Return film and times at another frame rate, by the nearest frames; within 5 % of that rate, as they are."""
    steps = np.diff(pts_seconds)
    if not len(steps) or abs(1 / float(np.median(steps)) / rate_hz - 1) < 0.05:
        return frames, pts_seconds
    seconds = np.arange(pts_seconds[0], pts_seconds[-1] + 0.5 / rate_hz, 1 / rate_hz)
    nearest = np.abs(seconds[:, None] - pts_seconds[None]).argmin(1)
    return frames[nearest], seconds


def _to_bytes(logits: Tensor) -> np.ndarray:
    return np.asarray((logits[:, 0].float().sigmoid() * 255).round().to(torch.uint8).cpu().numpy())


def _run_clips(network: nn.Module, clips: Sequence[np.ndarray], device: str) -> list[float]:
    values: list[float] = []
    with torch.inference_mode():
        for start in range(0, len(clips), CLIPS_AT_ONCE):
            batch = torch.from_numpy(np.stack(clips[start : start + CLIPS_AT_ONCE])).to(device)
            values += network(batch)[:, 0].float().cpu().tolist()
    return values
