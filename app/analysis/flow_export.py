"""Writes the optical flow of a video: as numbers, as grey components, and as a film in colours."""

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory

import cv2
import numpy as np

from app.analysis.flow_recording import FlowRecording, FlowRequest, FlowSummary, measure_flow
from models.flow.methods import FlowMeasure
from models.flow.pictures import colour_flow, colour_key, grey_component
from stream.video_writer import VideoWriter

KEY_SIZE = 48


def export_flow(
    request: FlowRequest, measure: FlowMeasure, out: Path, *, on_pair: Callable[[], None] = lambda: None
) -> FlowSummary:
    """Write OUT/NAME_flow.npy, NAME_flow.mp4, NAME_flow.png, NAME_u.png, NAME_v.png and NAME_flow.json.

    The numbers are float16, (T, H, W, 2). The film shows each frame beside its flow. Memory does not grow with the
    length of the video; what is unfinished appears under no name.

    Args:
        measure: From `flow_measure`, by the request's method and on its device.
        on_pair: Is told of every pair.

    Raises:
        StreamError: the source cannot be read, is shorter than two frames, or an output cannot be written.
    """
    out.mkdir(parents=True, exist_ok=True)
    stem = Path(request.source).stem
    with TemporaryDirectory(dir=out, prefix=f".{stem}-") as name:
        recording = measure_flow(request, measure, Path(name), on_pair)
        summary = recording.summary(request)
        pictures = Path(name)
        _write_film(recording, summary, pictures / f"{stem}_flow.mp4")
        _write_pictures(recording, summary, pictures, stem)
        (pictures / f"{stem}_flow.json").write_text(json.dumps(asdict(summary), indent=2) + "\n", encoding="utf-8")
        recording.save_flows(pictures / f"{stem}_flow.npy")
        if request.writes_components:
            _write_components(recording, out / f"{stem}_components")
        for path in sorted(pictures.glob(f"{stem}_*")):
            path.replace(out / path.name)
    return summary


def _write_film(recording: FlowRecording, summary: FlowSummary, path: Path) -> None:
    height, width = summary.height, 2 * summary.width
    with VideoWriter(path, width=width, height=height, frame_rate_hz=summary.frame_rate_hz) as writer:
        for frame, flow in zip(recording.frames, recording.flows, strict=True):
            writer.write(_sheet(frame, flow, summary.full_colour_pixels))


def _sheet(frame: np.ndarray, flow: np.ndarray, most_pixels: float) -> np.ndarray:
    """Return a frame beside its flow in colours, with the key in the corner, (H, 2 W, 3), uint8 RGB."""
    colours = colour_flow(flow.astype(np.float32), most_pixels=most_pixels)
    key = colour_key(KEY_SIZE)
    if min(colours.shape[:2]) > 2 * KEY_SIZE:
        colours[-KEY_SIZE:, -KEY_SIZE:] = key
    return np.concatenate((cv2.cvtColor(np.asarray(frame), cv2.COLOR_GRAY2RGB), colours), axis=1)


def _write_pictures(recording: FlowRecording, summary: FlowSummary, folder: Path, stem: str) -> None:
    frame, flow = recording.frames[summary.strongest_pair], recording.flows[summary.strongest_pair]
    sheet = _sheet(frame, flow, summary.full_colour_pixels)
    _save(folder / f"{stem}_flow.png", cv2.cvtColor(sheet, cv2.COLOR_RGB2BGR))
    for axis, letter in enumerate("uv"):
        _save(folder / f"{stem}_{letter}.png", grey_component(flow[..., axis].astype(np.float32)))


def _write_components(recording: FlowRecording, folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    for index, flow in enumerate(recording.flows):
        for axis, letter in enumerate("uv"):
            _save(folder / f"{letter}_{index:05d}.png", grey_component(flow[..., axis].astype(np.float32)))


def _save(path: Path, picture: np.ndarray) -> None:
    path.write_bytes(cv2.imencode(".png", picture)[1].tobytes())
