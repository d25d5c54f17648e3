"""I3D over a video that goes on: each frame is computed once, and what the next ones need of it is kept.

Every temporal convolution and pool keeps the last slices of its input (its cache) and puts them before the next ones.
The logits equal those of the network run over the whole video, zero-padded at its end to a multiple of 8 frames, as one
long clip. A layer padded on both sides must wait for slices to come, so its output lags behind its input; what a layer
gives for times outside the video is set to zero, as the padding of the layer after it would be.

Source: the caches follow Hedegaard & Iosifidis, "Continual 3D Convolutional Neural Networks", ECCV 2022,
arXiv:2106.00050; it differs in strides over time, in pushing several frames at once, and in being exact at both ends.
"""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models.networks.i3d import (
    I3D,
    InceptionModule,
    SamePaddedConv3d,
    SamePaddedMaxPool3d,
    emphasise_motion,
    sum_over_past,
)
from models.networks.inception import same_padding
from models.serving import FRAMES_PER_SLICE


class StreamingI3D(nn.Module):
    """One step of an I3D over a video: frames and caches in, logits and caches out.

    Args:
        network: Shares its layers with this module; run it in eval mode.

    Raises:
        ValueError: the network needs the mean picture of the whole clip, which no stream can know.
    """

    def __init__(self, network: I3D) -> None:
        super().__init__()
        if network.emphasises_motion and not network.still_frames:
            raise ValueError(
                "a network that emphasises motion can only stream when its mean picture is over a number of past "
                "frames, found still_frames=0 (the whole clip); train it with still_frames of at least 1"
            )
        self.network = network

    def forward(
        self, frames: Tensor, caches: tuple[Tensor, ...] = (), extent: Tensor | None = None
    ) -> tuple[Tensor, tuple[Tensor, ...]]:
        """Take the next frames.

        Args:
            frames: (N, in_channels, T, H, W), T a multiple of 8, floating point in [-1, 1].
            caches: What the step before returned; none before the first.
            extent: Where each video begins and ends, as indices relative to the first of these frames, (N, 2), int64;
                its end is a multiple of 8 frames after its beginning. None: neither end is near, so that no layer
                looks beyond it; `num_frames_to_edge` says when that is so.

        Returns:
            Logits, (N, num_classes, T / 8), of which the first is slice `first_slice` relative to the step; and the
            caches, each (N, C, few, H', W').
        """
        network, step = self.network, _Step(caches, extent, is_causal=self.network.is_causal)
        x = _Slices(frames, frames_per_slice=1, delay=0)
        if network.emphasises_motion:
            x = self._emphasise_motion(step, x)
        x = step.convolve(network.Conv3d_1a_7x7.conv3d, x).through(_rest_of(network.Conv3d_1a_7x7))
        x = x.through(network.MaxPool3d_2a_3x3).through(network.Conv3d_2b_1x1)
        x = step.convolve(network.Conv3d_2c_3x3.conv3d, step.cut(x)).through(_rest_of(network.Conv3d_2c_3x3))
        x = x.through(network.MaxPool3d_3a_3x3)
        for name in ("Mixed_3b", "Mixed_3c"):
            x = step.inception(getattr(network, name), x)
        x = step.pool(network.MaxPool3d_4a_3x3, step.cut(x))
        for name in ("Mixed_4b", "Mixed_4c", "Mixed_4d", "Mixed_4e", "Mixed_4f"):
            x = step.inception(getattr(network, name), x)
        x = step.pool(network.MaxPool3d_5a_2x2, x)
        for name in ("Mixed_5b", "Mixed_5c"):
            x = step.inception(getattr(network, name), x)
        logits = network.logits(step.average_pool(x, network.avg_pool.kernel_size))  # (N, num_classes, T / 8, H', W')
        return logits.float().mean((3, 4)), tuple(step.kept)

    @property
    def first_slice(self) -> int:
        """Index of the first logits that a step returns, relative to the slice of its first frame."""
        return -1 if self.network.is_causal else -7

    @property
    def num_frames_to_edge(self) -> int:
        """Frames behind the video's beginning, and before its end, at which a step must be told its extent.

        A step of T frames may leave out its extent when it starts at least so many frames after the beginning, and
        ends no later than the end.
        """
        seen_by_mean = self.network.still_frames if self.network.emphasises_motion else 0
        return max(seen_by_mean, FRAMES_PER_SLICE * -self.first_slice)

    def _emphasise_motion(self, step: "_Step", x: "_Slices") -> "_Slices":
        network, frames = self.network, x.values
        sums = sum_over_past(step.extend(frames, network.still_frames - 1), network.still_frames)
        num_known: Tensor | int = network.still_frames
        if step.extent is not None:
            since = step.indices(x) + 1 - step.extent[:, :1]  # (N, T)
            num_known = since.clamp(1, network.still_frames)[:, None, :, None, None]
        still = (sums / num_known).to(frames.dtype)
        gains = {"motion_gain": network.motion_gain, "still_gain": network.still_gain}
        return step.cut(_Slices(emphasise_motion(frames, still, **gains), x.frames_per_slice, x.delay))


@dataclass(frozen=True, eq=False)
class _Slices:
    """A feature map over some time: its first slice is that of the step's first frame, less the delay."""

    values: Tensor
    """(N, C, T', H', W')."""
    frames_per_slice: int
    delay: int
    """Slices by which it lags behind the frames."""

    def through(self, layer: Any) -> "_Slices":
        """Return what a layer that knows no time makes of every slice."""
        return _Slices(layer(self.values), self.frames_per_slice, self.delay)


class _Step:
    """The layers that know time, with the caches that they find and leave."""

    def __init__(self, caches: tuple[Tensor, ...], extent: Tensor | None, *, is_causal: bool) -> None:
        self._found = iter(caches) if caches else None
        self.extent = extent
        self._is_causal = is_causal
        self.kept: list[Tensor] = []

    def extend(self, values: Tensor, num_slices: int) -> Tensor:
        """Put the cache of so many slices, zeros at first, before the values; keep the last ones for the next step."""
        if not num_slices:
            return values
        if self._found is None:
            num_clips, num_channels, _, height, width = values.shape
            cache = values.new_zeros(num_clips, num_channels, num_slices, height, width)
        else:
            cache = next(self._found)
        joined = torch.cat([cache, values], 2)
        self.kept.append(joined[:, :, -num_slices:].clone())
        return joined

    def convolve(self, convolution: SamePaddedConv3d, x: _Slices) -> _Slices:
        size, stride = convolution.kernel_size[0], convolution.stride[0]
        joined = self.extend(x.values, self._num_cached(x, size, stride))
        return self._after(x, size, stride, convolution.convolve(joined, (0, 0)))

    def pool(self, pool: SamePaddedMaxPool3d, x: _Slices) -> _Slices:
        size, stride = pool.kernel_size[0], pool.stride[0]
        joined = self.extend(x.values, self._num_cached(x, size, stride))
        return self._after(x, size, stride, pool.pool(joined, 0))

    def inception(self, module: InceptionModule, x: _Slices) -> _Slices:
        x = self.cut(x)
        joined = self.extend(x.values, 2)
        num_slices = x.values.shape[2]
        now = x.values if self._is_causal else joined[:, :, 1 : 1 + num_slices]  # what the other branches' centre sees
        b1 = self.convolve(module.b1b.conv3d, self.cut(x.through(module.b1a))).through(_rest_of(module.b1b))
        b2 = self.convolve(module.b2b.conv3d, self.cut(x.through(module.b2a))).through(_rest_of(module.b2b))
        b3 = module.b3b(module.b3a.pool(joined, 0))
        values = torch.cat([module.b0(now), b1.values, b2.values, b3], dim=1)
        return _Slices(values, x.frames_per_slice, b1.delay)

    def average_pool(self, x: _Slices, kernel_size: tuple[int, int, int]) -> Tensor:
        """Return the mean over each slice and the one after it, and over windows in space; the first lags by one."""
        height, width = (min(axis) for axis in zip(x.values.shape[3:], kernel_size[1:], strict=True))
        pooled = F.avg_pool3d(x.values.float(), (1, height, width), stride=1)
        pooled = self.cut(_Slices(pooled, x.frames_per_slice, x.delay)).values
        joined = self.extend(pooled, 1)
        sums = joined[:, :, :-1] + joined[:, :, 1:]
        num_known: Tensor | int = 2
        if self.extent is not None:
            is_inside = self._is_inside(_Slices(joined, x.frames_per_slice, x.delay + 1)).int()
            num_known = (is_inside[:, :-1] + is_inside[:, 1:]).clamp(min=1)[:, None, :, None, None]
        return (sums / num_known).to(x.values.dtype)

    def cut(self, x: _Slices) -> _Slices:
        """Set to zero what lies outside the video."""
        if self.extent is None:
            return x
        is_inside = self._is_inside(x)[:, None, :, None, None].to(x.values.dtype)
        return _Slices(x.values * is_inside, x.frames_per_slice, x.delay)

    def indices(self, x: _Slices) -> Tensor:
        """Return the place of every slice relative to the slice of the step's first frame, (T',)."""
        return torch.arange(-x.delay, x.values.shape[2] - x.delay, device=x.values.device)

    def _is_inside(self, x: _Slices) -> Tensor:
        """Return which slices lie within the video, (N, T')."""
        if self.extent is None:
            raise ValueError("a step without extent knows no end")
        frames = self.indices(x) * x.frames_per_slice  # (T',)
        return (frames >= self.extent[:, :1]) & (frames < self.extent[:, 1:])

    def _num_cached(self, x: _Slices, size: int, stride: int) -> int:
        """Return how many slices a layer must be given again: its window less its stride, and what aligns it."""
        fewest = size - stride
        return fewest + (self._front(size, stride) - x.delay - fewest) % stride

    def _after(self, x: _Slices, size: int, stride: int, values: Tensor) -> _Slices:
        first = (self._front(size, stride) - x.delay - self._num_cached(x, size, stride)) // stride
        return _Slices(values, x.frames_per_slice * stride, -first)

    def _front(self, size: int, stride: int) -> int:
        """Return how many slices of padding the layer has in the past."""
        return size - stride if self._is_causal else same_padding(stride, size, stride)[0]


def _rest_of(unit: Any) -> Any:
    """Return what a unit does after its convolution."""
    return lambda x: F.relu(unit.bn(x), inplace=True)
