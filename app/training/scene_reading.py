"""Reads rendered bedside scenes back as the running system would, with their truth."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from app.scene_files import read_truth, spans_of
from app.training.scene_rendering import scene_videos
from models.predictor import ClipSpec
from models.training.config import ScenePart
from models.training.scenes import LabelledScene
from stream.sources.opening import open_source


def load_scenes(part: ScenePart, folder: Path, spec: ClipSpec, *, num_threads: int) -> list[LabelledScene]:
    """Read rendered scenes in the order of their seeds, through the same reader as any video."""
    with ThreadPoolExecutor(num_threads) as threads:
        return list(threads.map(lambda video: load_scene(video, spec), scene_videos("bedside", part, folder)))


def load_scene(video: Path, spec: ClipSpec) -> LabelledScene:
    """Read a video with its truth beside it, at a model's frame rate and size."""
    truth = read_truth(video)
    frames: list[np.ndarray] = []
    with open_source(str(video)) as reader:
        for frame in reader:
            if frame.pts_seconds is not None and round(frame.pts_seconds * spec.frame_rate_hz) >= len(frames):
                frames.append(frame.to_rgb(*frame.size_for_short_side(spec.short_side)))
    look_alikes = [{**item, "label": "look_alike"} for item in truth["look_alikes"]]
    return LabelledScene(
        np.stack(frames), spec.frame_rate_hz, spans_of(truth["events"]), spans_of(look_alikes), truth["look"]
    )
