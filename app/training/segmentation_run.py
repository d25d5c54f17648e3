"""A training run on traced frames: reader of data sets, decoder and trainer meet."""

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from app.training.curve_pictures import draw_curves
from app.training.video_data import divided
from models.datasets.labelled_video import PARTS, LabelledVideo, Outline, Part
from models.datasets.layouts import read_data_set
from models.datasets.problems import Problems
from models.predictor import ClipSpec, ModelCard
from models.training.mask_training import mask_options, train_masks
from models.training.phases import Phases, Show, shown
from models.training.traced_frames import TracedFrame, judge_masks
from models.training.video_config import SegmentationConfig
from models.weights import store_model
from stream.errors import StreamError
from stream.sources.opening import open_source

SERVED_RATE_HZ = 5.0
Frames = dict[Part, list[TracedFrame]]


def run_segmentation(config: SegmentationConfig, out: Path, phases: Phases) -> ModelCard:
    """Carry out a training run and return the model's card.

    Raises:
        ValueError: something is wrong with the data set or the network's options, or training diverged.
        OSError: the disk is full.
    """
    videos = read_data_set(config.data.layout, config.data.videos, config.data.annotations)
    traced = divided([video for video in videos if video.outlines], config)
    with phases("decoding") as show:
        frames = _read_frames(traced, config, show)
    with phases("training") as show:
        network = train_masks(config, frames["train"], frames["validation"], out, show)
    draw_curves(out)
    judged: Part = "test" if frames["test"] else "validation"
    counts = ", ".join(f"{len(found)} {part}" for part, found in frames.items())
    card = ModelCard(
        name=config.name,
        network=config.network,
        network_options=mask_options(config),
        labels=(config.label,),
        answer="mask",
        clip_spec=ClipSpec(1, SERVED_RATE_HZ, 1 / SERVED_RATE_HZ, min(config.size)),
        input_size=config.size,
        metrics={
            "measured_on": f"traced frames: {counts}; measured on {judged}",
            **judge_masks(network, frames[judged]),
        },
        **config.card.model_dump(),
    )
    return store_model(network, card, out)


def _read_frames(videos: list[LabelledVideo], config: SegmentationConfig, show: Show) -> Frames:
    problems = Problems()
    frames: Frames = {part: [] for part in PARTS}
    for video in shown(videos, show):
        try:
            frames[video.part or "train"] += _traced(video, config)
        except (StreamError, ValueError) as error:
            problems.add(video.origin, str(error))
    problems.raise_if_any()
    return frames


def _traced(video: LabelledVideo, config: SegmentationConfig) -> Iterator[TracedFrame]:
    """Yield the traced frames of a video, resized.

    Raises:
        StreamError: the video cannot be decoded.
        ValueError: a traced frame lies behind its end, or an outline outside its picture.
    """
    waiting = {outline.frame_index: outline for outline in video.outlines}
    with open_source(str(video.path)) as reader:
        for index, frame in enumerate(reader):
            if outline := waiting.pop(index, None):
                pixels = frame.to_rgb(frame.height, frame.width)
                name = f"{video.name}@{index}"
                yield _resized(TracedFrame(name, pixels, _mask(outline, pixels, name), video.name), config.size)
            if not waiting:
                return
    raise ValueError(f"{video.name} is traced in frame {min(waiting)}, it has fewer frames")


def _mask(outline: Outline, pixels: np.ndarray, name: str) -> np.ndarray:
    height, width = pixels.shape[:2]
    if outline.points.min() < 0 or (outline.points > (width, height)).any():
        raise ValueError(f"the tracing of {name} must lie in its picture of {width}x{height}, it leaves it")
    mask = np.zeros((height, width), np.uint8)
    cv2.fillPoly(mask, [np.round(outline.points).astype(np.int32)], 1)
    return mask > 0


def _resized(frame: TracedFrame, size: tuple[int, int]) -> TracedFrame:
    height, width = size
    pixels = cv2.resize(frame.pixels, (width, height), interpolation=cv2.INTER_AREA)
    mask = cv2.resize(frame.mask.astype(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST)
    return TracedFrame(frame.name, pixels, mask > 0, frame.group)
