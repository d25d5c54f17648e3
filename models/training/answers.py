"""What a network answers to the clips of recordings, beside what it should have answered."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
import torch
from torch import Tensor, nn

from models.training.inputs import NetworkInput
from models.training.memory_networks import MemoryNetwork
from models.training.objectives import Objective
from models.training.recordings import Recording, Wanted, clip_places, frames_of_clip
from models.training.replicas import Precision, fast_arithmetic
from models.transforms import crop_centre

CLIPS_AT_ONCE = 8
FRAMES_AT_ONCE = 32


@dataclass(frozen=True, eq=False)
class Answers:
    """The answers to consecutive clips of one recording."""

    start_seconds: np.ndarray
    """Media time of each clip's first frame, (M,)."""
    answers: np.ndarray
    """Probabilities or numbers, float32, (M, C)."""
    targets: np.ndarray
    """As `ClipPlaces.targets`, (M, ...)."""
    loss: float
    """Sum over the clips."""
    score: float
    """Sum over the clips of the objective's score."""
    group: str


@dataclass(frozen=True, eq=False)
class Examiner:
    """Asks a network about clips as its predictor would make them: no augmentation, the middle of the picture."""

    network_input: NetworkInput
    objective: Objective
    num_frames: int
    stride_frames: int
    crop: tuple[int, int] | None = None
    precision: Precision = "auto"

    def ask(
        self, network: nn.Module, recording: Recording, wanted: Wanted, *, max_clips: int | None = None
    ) -> Answers | None:
        """Return the answers to a recording's clips, or None where nothing can be asked.

        Args:
            network: in evaluation mode.
            recording: its clips start every `stride_frames`.
            wanted: what should be said of them.
            max_clips: so many at most, spread evenly over the recording.
        """
        places = clip_places(recording, wanted, num_frames=self.num_frames, stride_frames=self.stride_frames)
        if not len(places.starts):
            return None
        chosen = np.arange(len(places.starts))
        if max_clips and len(chosen) > max_clips:
            chosen = np.unique(np.linspace(0, len(chosen) - 1, max_clips).round().astype(int))
        starts, targets = places.starts[chosen], places.targets[chosen]
        outputs = self._outputs(network, recording, starts)
        wanted_tensor = torch.from_numpy(targets).to(outputs.device)
        return Answers(
            starts / recording.frame_rate_hz,
            self.objective.answers(outputs).cpu().numpy(),
            targets,
            float(self.objective.total_loss(outputs, wanted_tensor)),
            self.objective.total_score(outputs, wanted_tensor),
            recording.group or recording.name,
        )

    @torch.inference_mode()
    def _outputs(self, network: nn.Module, recording: Recording, starts: np.ndarray) -> Tensor:
        if isinstance(network, MemoryNetwork):
            return self._remembered(network, recording, starts)
        device = next(network.parameters()).device
        rows = []
        for first in range(0, len(starts), CLIPS_AT_ONCE):
            clips = [self._prepare(recording, int(start)) for start in starts[first : first + CLIPS_AT_ONCE]]
            ready = self.network_input.read(torch.from_numpy(np.stack(clips)).to(device))
            with fast_arithmetic(length=ready.shape[2], precision=self.precision, device=device.type):
                rows.append(network(ready).float())
        return torch.cat(rows)

    def _remembered(self, network: MemoryNetwork, recording: Recording, starts: np.ndarray) -> Tensor:
        """Look at each frame once, as the predictor does, then run the memory over the frames of every clip."""
        features = frame_features(network, self.network_input, recording.frames, self.crop)
        windows = starts[:, None] + np.arange(self.num_frames)
        clips = features[torch.from_numpy(np.clip(windows, 0, len(features) - 1))]  # (M, T, F)
        groups = torch.split(clips, CLIPS_AT_ONCE)
        return torch.cat([network.step_logits(group)[:, -1].float() for group in groups])

    def _prepare(self, recording: Recording, start: int) -> np.ndarray:
        frames = frames_of_clip(recording.frames, np.arange(start, start + self.num_frames))
        return self.network_input.prepare(crop_centre(frames, self.crop) if self.crop else frames)


def frame_features(
    network: MemoryNetwork, network_input: NetworkInput, frames: np.ndarray, crop: tuple[int, int] | None
) -> Tensor:
    """Return the features of every frame of a recording, float32 (N, F), each looked at once."""
    device = next(cast(nn.Module, network).parameters()).device
    rows = []
    for first in range(0, len(frames), FRAMES_AT_ONCE):
        group = np.asarray(frames[first : first + FRAMES_AT_ONCE])
        prepared = network_input.prepare(crop_centre(group, crop) if crop else group)
        rows.append(network.frame_features(network_input.read(torch.from_numpy(prepared[None]).to(device)))[0].float())
    return torch.cat(rows)


def ask_all(
    examiner: Examiner,
    network: nn.Module,
    recordings: Sequence[Recording],
    wanted: Wanted,
    *,
    max_clips: int | None = None,
) -> list[Answers]:
    """Return the answers to each recording of which something can be asked."""
    found = (examiner.ask(network, recording, wanted, max_clips=max_clips) for recording in recordings)
    return [answers for answers in found if answers]
