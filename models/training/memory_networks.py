"""Networks that look at each frame and remember: how their parts are trained, together or one after the other."""

from typing import Protocol, cast, runtime_checkable

from torch import Tensor, nn

from models.networks.frame_features import FrameCnn


@runtime_checkable
class MemoryNetwork(Protocol):
    """A frame CNN with a memory on its features, such as a CNN+LSTM."""

    cnn: FrameCnn
    num_classes: int

    def frame_features(self, clips: Tensor) -> Tensor:
        """Return the features of each frame, (N, T, F), of clips (N, 3, T, H, W)."""
        ...

    def step_logits(self, features: Tensor) -> Tensor:
        """Return the outputs after each frame, (N, T, num_classes), of features (N, T, F)."""
        ...


def is_memory_network(network: nn.Module) -> bool:
    """Return whether a network has a frame CNN and a memory that can be trained apart."""
    return isinstance(network, MemoryNetwork)


class AllSteps(nn.Module):
    """A whole memory network, trained jointly on its outputs after every frame."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, clips: Tensor) -> Tensor:
        """Return (N, T, num_classes) for clips (N, 3, T, H, W)."""
        network = cast(MemoryNetwork, self.network)
        return network.step_logits(network.frame_features(clips))


class FrameClassifier(nn.Module):
    """The frame CNN alone with a linear layer on top, trained on single frames."""

    def __init__(self, cnn: FrameCnn, num_outputs: int) -> None:
        super().__init__()
        self.cnn = cast(nn.Module, cnn)
        self.head = nn.Linear(cnn.num_features, num_outputs)

    def forward(self, clips: Tensor) -> Tensor:
        """Return (N, num_outputs) for clips of one frame, (N, 3, 1, H, W)."""
        return self.head(self.cnn(clips.squeeze(2))).float()  # type: ignore[no-any-return]


class MemoryAlone(nn.Module):
    """A memory network without its CNN: reads features."""

    def __init__(self, network: nn.Module) -> None:
        """`network` lends its memory; its CNN comes back with `give_back`."""
        super().__init__()
        self._cnn = [cast(nn.Module, network.cnn)]  # in a list, or it would be part of this module
        network.cnn = nn.Identity()
        self.network = network

    def forward(self, features: Tensor) -> Tensor:
        """Return (N, T, num_classes) for features (N, T, F)."""
        return cast(MemoryNetwork, self.network).step_logits(features)

    def give_back(self) -> nn.Module:
        """Return the whole network, CNN and trained memory."""
        self.network.cnn = self._cnn[0]
        return self.network
