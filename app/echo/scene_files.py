"""Simulated echocardiograms as files: a video or a DICOM cine with its truth beside it."""

import json
from collections.abc import Callable
from pathlib import Path

from app.scene_files import truth_path, write_text_whole
from models.simulation.echo.scene import EchoScene
from stream.dicom_writer import DicomCineWriter, UltrasoundRegion
from stream.video_writer import VideoWriter


def write_echo_scene(scene: EchoScene, path: Path, *, on_frame: Callable[[], None] = lambda: None) -> None:
    """Write a loop and, just before it gets its name, its truth; after an error neither is there.

    Args:
        on_frame: is called after every frame.

    Raises:
        StreamError: a file cannot be written.
    """
    with _writer(scene, path) as writer:
        for frame in scene.frames():
            writer.write(frame)
            on_frame()
        write_text_whole(truth_path(path), json.dumps(scene.truth.to_json()) + "\n")


def _writer(scene: EchoScene, path: Path) -> VideoWriter | DicomCineWriter:
    truth = scene.truth
    if path.suffix.lower() == ".dcm":
        region = UltrasoundRegion(truth.fan_box, 1 / truth.pixels_per_cm)
        return DicomCineWriter(path, frame_rate_hz=truth.frame_rate_hz, region=region)
    return VideoWriter(path, width=truth.width, height=truth.height, frame_rate_hz=truth.frame_rate_hz)
