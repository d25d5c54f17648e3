"""Renders the simulated scenes that an evaluation asks for and that are not there yet."""

from pathlib import Path

from rich.progress import Progress

from app.evaluation.config import RenderConfig
from app.scene_files import truth_path, write_scene
from models.simulation.bedside import BedsideScene


def render_missing(config: RenderConfig, folder: Path) -> None:
    """Render bedside scenes into a folder, each as <name>.mp4 with its truth; what is there is left as it is.

    Raises:
        ValueError: the options of the scenes are out of range.
        OSError: the folder cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    seeds = range(config.first, config.first + config.count)
    videos = {seed: folder / f"bedside_{seed}_{config.duration_seconds:g}s.mp4" for seed in seeds}
    missing = {seed: video for seed, video in videos.items() if not (video.is_file() and truth_path(video).is_file())}
    if not missing:
        return
    with Progress() as progress:
        for seed, video in progress.track(missing.items(), description="scenes"):
            width, height = config.sizes[seed % len(config.sizes)]
            scene = BedsideScene(
                seed,
                duration_seconds=config.duration_seconds,
                width=width,
                height=height,
                frame_rate_hz=config.frame_rate_hz,
            )
            write_scene(scene, video)
