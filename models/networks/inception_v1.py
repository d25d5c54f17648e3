"""Inception-v1 with batch norm over single frames: the network that I3D inflates, and that ConvNet+LSTM looks with.

Source: Szegedy et al., "Going Deeper with Convolutions", CVPR 2015, arXiv:1409.4842, with batch norm after Ioffe &
Szegedy, arXiv:1502.03167; layer names, channels and TensorFlow's SAME padding as in slim's inception_v1
(github.com/tensorflow/models, Apache-2.0), which are those of I3D with "2d" for "3d". It differs: any number of input
channels, any size of input, and a width multiplier.
"""

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

AVERAGE_POOL_SIZE = (7, 7)


class InceptionV1(nn.Module):
    """Scores single frames, or gives features of them.

    Args:
        num_classes: Number of logits; slim's weights have 1001, the first of which means none.
        in_channels: Channels of a frame.
        width: Multiplies every layer's number of channels, rounded to a multiple of 8; 1 is the published network.
        dropout: Share of the pooled features dropped in training.
    """

    def __init__(
        self, num_classes: int = 1000, in_channels: int = 3, *, width: float = 1.0, dropout: float = 0.5
    ) -> None:
        super().__init__()
        require_sizes(num_classes, in_channels, width)
        self.num_classes = num_classes
        self.in_channels = in_channels
        self.width = width

        stem, wide = scaled_channels(64, width), scaled_channels(192, width)
        self.Conv2d_1a_7x7 = Unit2D(in_channels, stem, kernel_size=7, stride=2)
        self.MaxPool2d_2a_3x3 = SamePaddedMaxPool2d((3, 3), stride=(2, 2))
        self.Conv2d_2b_1x1 = Unit2D(stem, stem, kernel_size=1)
        self.Conv2d_2c_3x3 = Unit2D(stem, wide, kernel_size=3)
        self.MaxPool2d_3a_3x3 = SamePaddedMaxPool2d((3, 3), stride=(2, 2))
        self.Mixed_3b = InceptionModule2D(wide, mixed_channels("Mixed_3b", width))
        self.Mixed_3c = InceptionModule2D(self.Mixed_3b.out_channels, mixed_channels("Mixed_3c", width))
        self.MaxPool2d_4a_3x3 = SamePaddedMaxPool2d((3, 3), stride=(2, 2))
        self.Mixed_4b = InceptionModule2D(self.Mixed_3c.out_channels, mixed_channels("Mixed_4b", width))
        self.Mixed_4c = InceptionModule2D(self.Mixed_4b.out_channels, mixed_channels("Mixed_4c", width))
        self.Mixed_4d = InceptionModule2D(self.Mixed_4c.out_channels, mixed_channels("Mixed_4d", width))
        self.Mixed_4e = InceptionModule2D(self.Mixed_4d.out_channels, mixed_channels("Mixed_4e", width))
        self.Mixed_4f = InceptionModule2D(self.Mixed_4e.out_channels, mixed_channels("Mixed_4f", width))
        self.MaxPool2d_5a_2x2 = SamePaddedMaxPool2d((2, 2), stride=(2, 2))
        self.Mixed_5b = InceptionModule2D(self.Mixed_4f.out_channels, mixed_channels("Mixed_5b", width))
        self.Mixed_5c = InceptionModule2D(self.Mixed_5b.out_channels, mixed_channels("Mixed_5c", width))
        self.avg_pool: nn.Module = ValidAveragePool2d(AVERAGE_POOL_SIZE)
        self.dropout = nn.Dropout(dropout)
        self.num_features = self.Mixed_5c.out_channels
        self.logits = LogitsConv2d(self.num_features, num_classes)

    def forward(self, frames: Tensor) -> Tensor:
        """Return the logits of each frame, averaged over what is left of space.

        Args:
            frames: (N, in_channels, H, W), floating point in [-1, 1]; any H and W.

        Returns:
            (N, num_classes), float32.
        """
        x = self.avg_pool(self.features(frames))
        return self.logits(self.dropout(x)).float().flatten(2).mean(2)  # type: ignore[no-any-return]

    def pooled_features(self, frames: Tensor) -> Tensor:
        """Return the features of each frame after the last average pool, (N, 1024 x width)."""
        return self.avg_pool(self.features(frames)).flatten(2).mean(2)  # type: ignore[no-any-return]

    def features(self, frames: Tensor) -> Tensor:
        """Return the last feature map, (N, 1024 x width, ceil(H / 32), ceil(W / 32))."""
        x = self.Conv2d_1a_7x7(frames)  # (N, 64, H/2, W/2)
        x = self.MaxPool2d_2a_3x3(x)  # (N, 64, H/4, W/4)
        x = self.Conv2d_2c_3x3(self.Conv2d_2b_1x1(x))  # (N, 192, H/4, W/4)
        x = self.MaxPool2d_3a_3x3(x)  # (N, 192, H/8, W/8)
        x = self.Mixed_3c(self.Mixed_3b(x))  # (N, 480, H/8, W/8)
        x = self.MaxPool2d_4a_3x3(x)  # (N, 480, H/16, W/16)
        x = self.Mixed_4d(self.Mixed_4c(self.Mixed_4b(x)))  # (N, 512, H/16, W/16)
        x = self.Mixed_4f(self.Mixed_4e(x))  # (N, 832, H/16, W/16)
        x = self.MaxPool2d_5a_2x2(x)  # (N, 832, H/32, W/32)
        return self.Mixed_5c(self.Mixed_5b(x))  # type: ignore[no-any-return]  # (N, 1024, H/32, W/32)


class Unit2D(nn.Module):
    """Convolution without bias, batch norm and ReLU, padded as TensorFlow's SAME."""

    def __init__(self, in_channels: int, out_channels: int, *, kernel_size: int, stride: int = 1) -> None:
        super().__init__()
        self.conv2d = SamePaddedConv2d(in_channels, out_channels, kernel_size, stride=stride, bias=False)
        self.bn = nn.BatchNorm2d(out_channels, eps=BATCH_NORM_EPS, momentum=BATCH_NORM_MOMENTUM)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(self.bn(self.conv2d(x)), inplace=True)


class SamePaddedConv2d(nn.Conv2d):
    """A convolution whose zero padding follows from the size of its input, as TensorFlow's SAME."""

    def forward(self, x: Tensor) -> Tensor:
        rows, columns = map(same_padding, x.shape[2:], self.kernel_size, self.stride)
        if rows[0] == rows[1] and columns[0] == columns[1]:
            return F.conv2d(x, self.weight, self.bias, self.stride, (rows[0], columns[0]))
        return F.conv2d(F.pad(x, (*columns, *rows)), self.weight, self.bias, self.stride)


class SamePaddedMaxPool2d(nn.Module):
    """A max pool over inputs that are never negative, padded as TensorFlow's SAME."""

    def __init__(self, kernel_size: tuple[int, int], *, stride: tuple[int, int]) -> None:
        super().__init__()
        self.kernel_size = kernel_size
        self.stride = stride

    def forward(self, x: Tensor) -> Tensor:
        rows, columns = map(same_padding, x.shape[2:], self.kernel_size, self.stride)
        return F.max_pool2d(F.pad(x, (*columns, *rows)), self.kernel_size, self.stride)


class InceptionModule2D(FourBranches[Unit2D, SamePaddedMaxPool2d]):
    """The four branches over space."""

    def __init__(self, in_channels: int, channels: BranchChannels) -> None:
        super().__init__(in_channels, channels, unit=Unit2D, pool=SamePaddedMaxPool2d((3, 3), stride=(1, 1)))


class ValidAveragePool2d(nn.Module):
    """An average pool of stride 1 without padding; along an axis shorter than the window it averages the whole axis."""

    def __init__(self, kernel_size: tuple[int, int]) -> None:
        super().__init__()
        self.kernel_size = kernel_size

    def forward(self, x: Tensor) -> Tensor:
        window = [min(size, kernel) for size, kernel in zip(x.shape[2:], self.kernel_size, strict=True)]
        return F.avg_pool2d(x, window, stride=1)


class LogitsConv2d(nn.Module):
    """The classifier: a 1x1 convolution with bias, under the name `logits.conv2d`."""

    def __init__(self, in_channels: int, num_classes: int) -> None:
        super().__init__()
        self.conv2d = nn.Conv2d(in_channels, num_classes, kernel_size=1)

    def forward(self, x: Tensor) -> Tensor:
        return self.conv2d(x)  # type: ignore[no-any-return]
