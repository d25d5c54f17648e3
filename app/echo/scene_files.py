"""Simulated echocardiograms as files: a video or a DICOM cine with its truth beside it."""

import json
from pathlib import Path

from models.simulation.echo.scene import EchoScene
from stream.dicom_writer import DicomCineWriter, UltrasoundRegion
from stream.video_writer import VideoWriter


def write_echo_scene(scene: EchoScene, path: Path) -> None:
    """Write a loop and, just before it gets its name, its truth; after an error neither is there.

    Raises:
        StreamError: a file cannot be written.
    """
    truth_path = path.with_suffix(".json")
    temporary = truth_path.with_name(f".{truth_path.name}.part")
    try:
        with _writer(scene, path) as writer:
            for frame in scene.frames():
                writer.write(frame)
            temporary.write_text(json.dumps(scene.truth.to_json()) + "\n", encoding="utf-8")
        temporary.replace(truth_path)
    finally:
        temporary.unlink(missing_ok=True)


def _writer(scene: EchoScene, path: Path) -> VideoWriter | DicomCineWriter:
    truth = scene.truth
    if path.suffix.lower() == ".dcm":
        region = UltrasoundRegion(truth.fan_box, 1 / truth.pixels_per_cm)
        return DicomCineWriter(path, frame_rate_hz=truth.frame_rate_hz, region=region)
    return VideoWriter(path, width=truth.width, height=truth.height, frame_rate_hz=truth.frame_rate_hz)
