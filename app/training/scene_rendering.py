"""Renders the simulated rooms of a training run, and finds them again."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from app.scene_files import Scene
from app.training.file_tasks import make_files
from app.training.render_task import RenderTask
from models.simulation.rooms import ROOMS, Room
from models.training.config import SceneConfig, ScenePart


@dataclass(frozen=True)
class RoomTask(RenderTask):
    """One room to render. It runs at the model's own frame rate: no frame is made that no clip would use."""

    room: Room
    duration_seconds: float
    frame_rate_hz: float

    qualities = range(18, 31)

    def scene(self) -> Scene:
        """Return the scene."""
        return ROOMS[self.room](
            self.seed,
            duration_seconds=self.duration_seconds,
            width=self.width,
            height=self.height,
            frame_rate_hz=self.frame_rate_hz,
        )


def render_scenes(
    scenes: Mapping[Room, SceneConfig],
    folder: Path,
    *,
    frame_rate_hz: float,
    num_processes: int,
    on_progress: Callable[[int, int], None],
) -> None:
    """Render every scene of the run that is not in the folder yet.

    Args:
        scenes: those of each kind of room.
        on_progress: is told how many scenes are done, of how many.

    Raises:
        StreamError: a process failed.
    """
    tasks = [
        RoomTask(
            str(video), seed, *of_room.sizes[seed % len(of_room.sizes)], room, part.duration_seconds, frame_rate_hz
        )
        for room, of_room in scenes.items()
        for part in of_room.parts
        for seed, video in zip(part.seeds, scene_videos(room, part, folder), strict=True)
    ]
    make_files(tasks, folder, num_processes=num_processes, on_progress=on_progress)


def scene_videos(room: Room, part: ScenePart, folder: Path) -> list[Path]:
    """Return the rendered videos of a part in the order of their seeds."""
    return [folder / f"{room}_{seed}_{part.duration_seconds:g}s.mp4" for seed in part.seeds]
