"""I3D: Inception-v1 inflated into space and time, with the layer names under which its weights are published.

Source: Carreira & Zisserman, "Quo Vadis, Action Recognition?", CVPR 2017, arXiv:1705.07750; layer table and
defaults as in the authors' release (github.com/google-deepmind/kinetics-i3d, Apache-2.0). It differs in four
ways: a width multiplier, any size of input, max pools that pad with nothing instead of zeros, which is the
same because they follow a ReLU, and on request a causal form that never looks ahead.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from models.networks.inception import (
    BATCH_NORM_EPS,
    BATCH_NORM_MOMENTUM,
    BranchChannels,
    FourBranches,
    mixed_channels,
    same_padding,
)
from models.networks.width import require_sizes, scaled_channels

AVERAGE_POOL_SIZE = (2, 7, 7)


class I3D(nn.Module):
    """Scores the action in a clip of RGB frames or of optical flow.

    Args:
        num_classes: Number of logits.
        in_channels: 3 for RGB, 2 for flow (x, y).
        width: Multiplies every layer's number of channels, rounded to a multiple of 8; 1 is the published network.
        dropout: Share of the pooled features dropped in training.
        motion_gain: Factor on each pixel's departure from its own mean over the clip; 1 is the published network.
        still_gain: Factor on that mean, the still picture; less than `motion_gain` lets a network that learns from
            little data see what moves before it sees the room.
        still_frames: 0: the mean is over the whole clip, which no stream can know. Else it is over so many frames up
            to each, fewer at the beginning.
        is_causal: All temporal padding lies in the past, so that no output depends on a later frame than its last.
    """

    def __init__(
        self,
        num_classes: int = 400,
        in_channels: int = 3,
        *,
        width: float = 1.0,
        dropout: float = 0.5,
        motion_gain: float = 1.0,
        still_gain: float = 1.0,
        still_frames: int = 0,
        is_causal: bool = False,
    ) -> None:
        super().__init__()
        require_sizes(num_classes, in_channels, width)
        if still_frames < 0:
            raise ValueError(f"still_frames must be at least 1, or 0 for the whole clip, got {still_frames}")
        self.num_classes = num_classes
        self.in_channels = in_channels
        self.width = width
        self.motion_gain, self.still_gain, self.still_frames = motion_gain, still_gain, still_frames
        self.is_causal = is_causal

        stem, wide = scaled_channels(64, width), scaled_channels(192, width)
        self.Conv3d_1a_7x7 = Unit3D(in_channels, stem, kernel_size=7, stride=2)
        self.MaxPool3d_2a_3x3 = SamePaddedMaxPool3d((1, 3, 3), stride=(1, 2, 2))
        self.Conv3d_2b_1x1 = Unit3D(stem, stem, kernel_size=1)
        self.Conv3d_2c_3x3 = Unit3D(stem, wide, kernel_size=3)
        self.MaxPool3d_3a_3x3 = SamePaddedMaxPool3d((1, 3, 3), stride=(1, 2, 2))
        self.Mixed_3b = InceptionModule(wide, mixed_channels("Mixed_3b", width))
        self.Mixed_3c = InceptionModule(self.Mixed_3b.out_channels, mixed_channels("Mixed_3c", width))
        self.MaxPool3d_4a_3x3 = SamePaddedMaxPool3d((3, 3, 3), stride=(2, 2, 2))
        self.Mixed_4b = InceptionModule(self.Mixed_3c.out_channels, mixed_channels("Mixed_4b", width))
        self.Mixed_4c = InceptionModule(self.Mixed_4b.out_channels, mixed_channels("Mixed_4c", width))
        self.Mixed_4d = InceptionModule(self.Mixed_4c.out_channels, mixed_channels("Mixed_4d", width))
        self.Mixed_4e = InceptionModule(self.Mixed_4d.out_channels, mixed_channels("Mixed_4e", width))
        self.Mixed_4f = InceptionModule(self.Mixed_4e.out_channels, mixed_channels("Mixed_4f", width))
        self.MaxPool3d_5a_2x2 = SamePaddedMaxPool3d((2, 2, 2), stride=(2, 2, 2))
        self.Mixed_5b = InceptionModule(self.Mixed_4f.out_channels, mixed_channels("Mixed_5b", width))
        self.Mixed_5c = InceptionModule(self.Mixed_5b.out_channels, mixed_channels("Mixed_5c", width))
        self.avg_pool = ValidAveragePool3d(AVERAGE_POOL_SIZE)
        self.dropout = nn.Dropout(dropout)
        self.logits = LogitsConv3d(self.Mixed_5c.out_channels, num_classes)
        for layer in self.modules():
            if isinstance(layer, SamePaddedConv3d | SamePaddedMaxPool3d):
                layer.is_causal = is_causal

    def extra_repr(self) -> str:
        """Name what the layers and weights do not show: two networks that look alike compute alike."""
        names = ("motion_gain", "still_gain", "still_frames", "is_causal")
        return ", ".join(f"{name}={getattr(self, name)}" for name in names)

    def forward(self, clips: Tensor) -> Tensor:
        """Return the logits of each clip, averaged over what is left of time and space.

        Args:
            clips: (N, in_channels, T, H, W), floating point in [-1, 1]; any T, H and W.

        Returns:
            (N, num_classes), float32.
        """
        return self.logits_grid(clips).float().mean((2, 3, 4))  # (N, num_classes)

    def logits_grid(self, clips: Tensor) -> Tensor:
        """Return the logits at each place of the last feature grid, (N, num_classes, T', H', W').

        64 frames of 224 x 224 give T' = 7 and H' = W' = 1.
        """
        x = self.avg_pool(self.features(clips))
        return self.logits(self.dropout(x))  # type: ignore[no-any-return]

    @property
    def emphasises_motion(self) -> bool:
        return self.motion_gain != 1 or self.still_gain != 1

    def features(self, clips: Tensor) -> Tensor:
        """Return the last feature map, (N, 1024 x width, ceil(T / 8), ceil(H / 32), ceil(W / 32))."""
        if self.emphasises_motion:
            still = mean_picture(clips, self.still_frames)
            clips = emphasise_motion(clips, still, motion_gain=self.motion_gain, still_gain=self.still_gain)
        x = self.Conv3d_1a_7x7(clips)  # (N, 64, T/2, H/2, W/2)
        x = self.MaxPool3d_2a_3x3(x)  # (N, 64, T/2, H/4, W/4)
        x = self.Conv3d_2c_3x3(self.Conv3d_2b_1x1(x))  # (N, 192, T/2, H/4, W/4)
        x = self.MaxPool3d_3a_3x3(x)  # (N, 192, T/2, H/8, W/8)
        x = self.Mixed_3c(self.Mixed_3b(x))  # (N, 480, T/2, H/8, W/8)
        x = self.MaxPool3d_4a_3x3(x)  # (N, 480, T/4, H/16, W/16)
        x = self.Mixed_4d(self.Mixed_4c(self.Mixed_4b(x)))  # (N, 512, T/4, H/16, W/16)
        x = self.Mixed_4f(self.Mixed_4e(x))  # (N, 832, T/4, H/16, W/16)
        x = self.MaxPool3d_5a_2x2(x)  # (N, 832, T/8, H/32, W/32)
        return self.Mixed_5c(self.Mixed_5b(x))  # type: ignore[no-any-return]  # (N, 1024, T/8, H/32, W/32)


def mean_picture(clips: Tensor, num_frames: int) -> Tensor:
    """Return the mean of each pixel over time.

    Args:
        clips: (N, C, T, H, W).
        num_frames: 0: over the whole clip. Else over so many frames up to each, fewer at the beginning.

    Returns:
        (N, C, 1, H, W) for the whole clip, else (N, C, T, H, W).
    """
    if not num_frames:
        return clips.mean(2, keepdim=True)
    num_known = torch.arange(1, clips.shape[2] + 1, device=clips.device).clamp(max=num_frames)
    sums = sum_over_past(F.pad(clips, (0, 0, 0, 0, num_frames - 1, 0)), num_frames)
    return (sums / num_known.view(1, 1, -1, 1, 1)).to(clips.dtype)


def sum_over_past(frames: Tensor, num_frames: int) -> Tensor:
    """Return float32 sums over each run of `num_frames` neighbours, (N, C, T, H, W) to T - num_frames + 1.

    Sums of 1, 2, 4, ... neighbours are each made of two of the ones before, and joined to the number asked for.
    """
    length = frames.shape[2] - num_frames + 1
    runs, width, parts, num_joined = frames.float(), 1, [], 0
    while width <= num_frames:
        if num_frames & width:
            parts.append(runs[:, :, num_joined : num_joined + length])
            num_joined += width
        if (width := 2 * width) <= num_frames:
            runs = runs[:, :, : -width // 2] + runs[:, :, width // 2 :]
    total = parts[0]
    for part in parts[1:]:
        total = total + part
    return total


def emphasise_motion(clips: Tensor, still: Tensor, *, motion_gain: float, still_gain: float) -> Tensor:
    """Scale what departs from the still picture and the still picture itself by two factors, (N, C, T, H, W)."""
    return (motion_gain * clips).add_((still_gain - motion_gain) * still)


def time_padding(size: int, kernel_size: int, stride: int, *, is_causal: bool) -> tuple[int, int]:
    """Return how many slices of zeros go before and after the axis of time.

    Causal: all before, so that an output ends with the last slice that its stride has reached; only a length that the
    stride does not divide is filled up at the end.
    """
    if not is_causal:
        return same_padding(size, kernel_size, stride)
    return max(kernel_size - stride, 0), -size % stride


class Unit3D(nn.Module):
    """Convolution without bias, batch norm and ReLU, padded as TensorFlow's SAME."""

    def __init__(self, in_channels: int, out_channels: int, *, kernel_size: int, stride: int = 1) -> None:
        super().__init__()
        self.conv3d = SamePaddedConv3d(in_channels, out_channels, kernel_size, stride=stride, bias=False)
        self.bn = nn.BatchNorm3d(out_channels, eps=BATCH_NORM_EPS, momentum=BATCH_NORM_MOMENTUM)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.bn(self.conv3d(x)), inplace=True)


class SamePaddedConv3d(nn.Conv3d):
    """A convolution whose zero padding follows from the size of its input, as TensorFlow's SAME."""

    is_causal = False

    def forward(self, x: Tensor) -> Tensor:
        time = time_padding(x.shape[2], self.kernel_size[0], self.stride[0], is_causal=self.is_causal)
        return self.convolve(x, time)

    def convolve(self, x: Tensor, time: tuple[int, int]) -> Tensor:
        """Return the convolution with so many slices of zeros before and after, and SAME padding in space."""
        space = zip(x.shape[3:], self.kernel_size[1:], self.stride[1:], strict=True)
        pads = [time, *(same_padding(*axis) for axis in space)]
        if all(before == after for before, after in pads):
            return F.conv3d(x, self.weight, self.bias, self.stride, [before for before, _ in pads])
        last_axis_first = [pad for axis in reversed(pads) for pad in axis]
        return F.conv3d(F.pad(x, last_axis_first), self.weight, self.bias, self.stride)


class SamePaddedMaxPool3d(nn.Module):
    """A max pool over inputs that are never negative, padded as TensorFlow's SAME.

    SAME pads with zeros here. Where no input is negative a zero never wins over a real element, so leaving the
    padding out (`ceil_mode` lets the last window hang over the end) gives the same without a copy.
    """

    is_causal = False

    def __init__(self, kernel_size: tuple[int, int, int], *, stride: tuple[int, int, int]) -> None:
        super().__init__()
        self.kernel_size = kernel_size
        self.stride = stride

    def forward(self, x: Tensor) -> Tensor:
        before, _ = time_padding(x.shape[2], self.kernel_size[0], self.stride[0], is_causal=self.is_causal)
        if self.is_causal and before:
            return self.pool(F.pad(x, (0, 0, 0, 0, before, 0)), 0)
        return self.pool(x, before)

    def pool(self, x: Tensor, num_slices_before: int) -> Tensor:
        """Return the pool with the past widened by so many slices, and SAME padding in space."""
        space = zip(x.shape[3:], self.kernel_size[1:], self.stride[1:], strict=True)
        fronts = [num_slices_before, *(same_padding(*axis)[0] for axis in space)]
        return F.max_pool3d(x, self.kernel_size, self.stride, fronts, ceil_mode=True)


class InceptionModule(FourBranches[Unit3D, SamePaddedMaxPool3d]):
    """The four branches over space and time."""

    def __init__(self, in_channels: int, channels: BranchChannels) -> None:
        super().__init__(in_channels, channels, unit=Unit3D, pool=SamePaddedMaxPool3d((3, 3, 3), stride=(1, 1, 1)))


class ValidAveragePool3d(nn.Module):
    """An average pool of stride 1 without padding; along an axis shorter than the window it averages the whole axis."""

    def __init__(self, kernel_size: tuple[int, int, int]) -> None:
        super().__init__()
        self.kernel_size = kernel_size

    def forward(self, x: Tensor) -> Tensor:
        window = [min(size, kernel) for size, kernel in zip(x.shape[2:], self.kernel_size, strict=True)]
        return F.avg_pool3d(x.float(), window, stride=1).to(x.dtype)  # PyTorch has none in bf16 on the CPU


class LogitsConv3d(nn.Module):
    """The classifier: a 1x1x1 convolution with bias, under its published name `logits.conv3d`."""

    def __init__(self, in_channels: int, num_classes: int) -> None:
        super().__init__()
        self.conv3d = nn.Conv3d(in_channels, num_classes, kernel_size=1)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv3d(x)  # type: ignore[no-any-return]
