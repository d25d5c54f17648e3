"""A simulated scene that a training run wants as a video, whatever it shows."""

from abc import abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from app.scene_files import Scene, write_scene
from app.training.file_tasks import FileTask


@dataclass(frozen=True)
class RenderTask(FileTask):
    """One scene to render; a simulator says which."""

    seed: int
    width: int
    height: int

    qualities: ClassVar[range]
    """Constant rate factors of the encoder; every scene gets one of them by its seed."""

    @abstractmethod
    def scene(self) -> Scene:
        """Return the scene."""

    def run(self) -> None:
        """Render the scene, encoded as a camera's video would be."""
        write_scene(self.scene(), Path(self.path), quality=self.qualities[self.seed % len(self.qualities)])
