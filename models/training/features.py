"""Features of every frame of some recordings, looked at once by a frame CNN and kept on disk."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

import numpy as np
import torch
from torch import nn

from models.training.augmentation import augment_clip
from models.training.inputs import NetworkInput
from models.training.memory_networks import MemoryNetwork
from models.training.phases import Show, shown
from models.training.recordings import Recording, frames_of_clip
from models.transforms import crop_centre
from models.whole_file import whole_file

FRAMES_AT_ONCE = 32


@dataclass(frozen=True, eq=False)
class FeatureExtractor:
    """Turns recordings of frames into recordings of features.

    The folder's files belong to the CNN's weights: other weights get files of their own, and what a killed run left
    is used again.
    """

    network: nn.Module
    """A memory network, whose CNN is as it shall be."""
    network_input: NetworkInput
    crop: tuple[int, int] | None
    folder: Path
    seed: int

    def extract(self, recordings: Sequence[Recording], *, num_views: int, show: Show) -> list[Recording]:
        """Return the recordings with features, float32 (N, F), in place of their frames.

        Args:
            recordings: of frames.
            num_views: how often each is looked at: first as it is, then each time augmented otherwise, the same way
                from its first frame to its last.
            show: is told how many of all are done.
        """
        key = self._key()
        folder = self.folder / key
        folder.mkdir(parents=True, exist_ok=True)
        jobs = [(recording, view) for view in range(num_views) for recording in recordings]
        found = []
        for recording, view in shown(jobs, show):
            path = folder / f"{hashlib.sha256(recording.name.encode()).hexdigest()[:16]}_{view}.npy"
            if not path.exists():
                _write_whole(path, self._features(recording, view))
            found.append(replace(recording, frames=np.load(path, mmap_mode="r")))
        return found

    @torch.inference_mode()
    def _features(self, recording: Recording, view: int) -> np.ndarray:
        self.network.eval()
        device = next(self.network.parameters()).device
        rows = []
        for first in range(0, len(recording.frames), FRAMES_AT_ONCE):
            frames = self._look(
                frames_of_clip(recording.frames, np.arange(first, first + FRAMES_AT_ONCE)), recording, view
            )
            ready = self.network_input.read(torch.from_numpy(frames[None]).to(device))
            rows.append(cast(MemoryNetwork, self.network).frame_features(ready)[0].float().cpu().numpy())
        return np.concatenate(rows)[: len(recording.frames)]

    def _look(self, frames: np.ndarray, recording: Recording, view: int) -> np.ndarray:
        if view:
            # Each stretch is as long as the others and begins with the same random numbers: so all look alike.
            place = int.from_bytes(hashlib.sha256(recording.name.encode()).digest()[:4], "big")
            frames = augment_clip(frames, np.random.default_rng((self.seed, view, place)))
        return self.network_input.prepare(crop_centre(frames, self.crop) if self.crop else frames)

    def _key(self) -> str:
        digest = hashlib.sha256(f"{self.crop}/{self.seed}".encode())
        for name, tensor in cast(nn.Module, self.network.cnn).state_dict().items():
            digest.update(name.encode() + tensor.cpu().contiguous().numpy().tobytes())
        return digest.hexdigest()[:16]


def _write_whole(path: Path, features: np.ndarray) -> None:
    with whole_file(path) as draft, draft.open("wb") as file:
        np.save(file, features)
