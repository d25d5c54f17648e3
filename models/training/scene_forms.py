"""The two forms in which a network is trained and measured on scenes: clip by clip, or as a stream."""

from collections.abc import Sequence
from typing import Final, Literal, Protocol

from torch import nn

from models.networks.i3d import I3D
from models.networks.i3d_streaming import StreamingI3D
from models.training.batches import Sampler
from models.training.config import StreamConfig, TrainConfig
from models.training.objectives import EverySlice, Objective, OneLabel
from models.training.sampling import ClipSampler
from models.training.scenes import LabelledScene
from models.training.scoring import SceneScores, score_scene, score_stream
from models.training.sequence_sampling import SequenceSampler
from models.training.slices import SliceLogits


class SceneForm(Protocol):
    """What differs between the forms."""

    @property
    def mode(self) -> Literal["window", "stream"]: ...
    @property
    def objective(self) -> Objective: ...

    def asked(self, network: nn.Module) -> nn.Module:
        """Return a module that answers as the objective wants; its weights are the network's own."""

    def sampler(self, scenes: Sequence[LabelledScene]) -> Sampler:
        """Return what draws samples from scenes of one picture size."""

    def score(self, network: nn.Module, scene: LabelledScene) -> SceneScores:
        """Score the clips of a scene as they would be scored live; the network is in evaluation mode."""


def form_of(config: TrainConfig) -> SceneForm:
    """Return the form that a configuration asks for."""
    return _Stream(config, config.stream) if config.stream else _Windows(config)


class _Windows:
    mode: Final = "window"

    def __init__(self, config: TrainConfig) -> None:
        self._config = config
        self.objective: Objective = OneLabel(config.optimiser.label_smoothing)

    def asked(self, network: nn.Module) -> nn.Module:
        return network

    def sampler(self, scenes: Sequence[LabelledScene]) -> Sampler:
        config = self._config
        return ClipSampler(
            scenes,
            config.labels,
            num_frames=config.clip.num_frames,
            none_share=config.optimiser.none_share,
            border_seconds=config.optimiser.border_seconds,
        )

    def score(self, network: nn.Module, scene: LabelledScene) -> SceneScores:
        return score_scene(network, scene, self._config.clip.spec)


class _Stream:
    mode: Final = "stream"

    def __init__(self, config: TrainConfig, stream: StreamConfig) -> None:
        self._config, self._num_frames = config, stream.sequence_frames
        self.objective: Objective = EverySlice(config.optimiser.label_smoothing, stream.none_weight)

    def asked(self, network: nn.Module) -> nn.Module:
        """Return the network's slices.

        Raises:
            ValueError: the network cannot be streamed.
        """
        config = self._config
        if not isinstance(network, I3D):
            raise ValueError(f"{config.name}: {config.network} has no streaming form; leave `stream` out")
        StreamingI3D(network)  # says why when it cannot
        return SliceLogits(network)

    def sampler(self, scenes: Sequence[LabelledScene]) -> Sampler:
        config = self._config
        return SequenceSampler(
            scenes,
            config.labels,
            num_frames=self._num_frames,
            none_share=config.optimiser.none_share,
            border_seconds=config.optimiser.border_seconds,
        )

    def score(self, network: nn.Module, scene: LabelledScene) -> SceneScores:
        return score_stream(self.asked(network), scene, self._config.clip.spec)
