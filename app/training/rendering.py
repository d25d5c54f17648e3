"""What the simulated scenes of a training run have in common, whatever they show."""

from abc import abstractmethod
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from app.scene_files import Scene, write_scene
from app.training.file_tasks import SeededTask


@dataclass(frozen=True)
class RenderTask(SeededTask):
    """One scene to render; a simulator says which."""

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
