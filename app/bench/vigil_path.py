"""Vigil's own path over the benchmark's video: `python -m app.bench.vigil_path VIDEO OUT --threads N ...`.

Decoder child, clip buffer, preparation ahead, predictor: exactly what `vigil analyze` runs. Prints one JSON object and
writes the scores of every window into the folder OUT; a window that the naive script left there is scored too, so that
the error of the network can be told from that of the pictures.
"""

import argparse
import json
import resource
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import get_args

import cv2
import numpy as np

from models.predictor import Arithmetic, Predictor
from models.registry import build_predictor
from models.results import Classification, Result
from models.samples import Clip, Passage
from stream.batch.decoder import Decoder
from stream.batch.prediction import ScoredClip
from stream.batch.scored_video import score_video
from stream.batch.wire import DecodeOrder


def main() -> None:
    parser = argparse.ArgumentParser(description="Vigil's path over a video")
    parser.add_argument("video", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--threads", type=int, default=0)
    parser.add_argument("--mode", choices=("window", "stream"), default="window")
    parser.add_argument("--arithmetic", choices=get_args(Arithmetic), default="auto")
    options = parser.parse_args()
    cv2.setNumThreads(options.threads or -1)
    predictor = build_predictor(
        "i3d_rgb", device="cpu", threads=options.threads, arithmetic=options.arithmetic, mode=options.mode
    )
    if predictor.clip_spec is None:
        raise ValueError(f"{predictor.name} must read clips of video")
    same_pixels = _score_window(predictor, np.load(options.out / "first_window.npy"))  # warms up, too
    rows: list[tuple[float, ...]] = []

    def keep(clips: Sequence[ScoredClip]) -> None:
        rows.extend(_scores(clip.result) for clip in clips)

    started = time.perf_counter()
    decoder = Decoder(DecodeOrder(str(options.video), {predictor.name: predictor.clip_spec}))
    video = score_video(decoder, [predictor], on_clips=keep)
    elapsed = time.perf_counter() - started
    np.save(options.out / "vigil_scores.npy", np.array(rows))
    np.save(options.out / "vigil_first_window_scores.npy", np.array(same_pixels))
    told = {
        "num_windows": len(rows),
        "elapsed_seconds": elapsed,
        "stage_seconds": asdict(video.stage_seconds),
        "lag_seconds": predictor.clip_spec.lag_seconds,
        "peak_memory_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 + video.ended.peak_memory_mib,
    }
    sys.stdout.write(json.dumps(told) + "\n")


def _score_window(predictor: Predictor, frames: np.ndarray) -> tuple[float, ...]:
    return _scores(predictor.predict([predictor.prepare(_as_sample(predictor, frames))])[0])


def _as_sample(predictor: Predictor, frames: np.ndarray) -> Clip | Passage:
    """Return a window as what the predictor reads: for a streaming one it is a whole video, so the scores compare."""
    if predictor.accepts is Clip:
        return Clip(frames=frames, pts_seconds=np.arange(len(frames)) / 25.0, source_id="first window")
    return Passage(
        source_id="first window",
        segment=0,
        start=0,
        clip_start=0,
        clip_stop=len(frames),
        stop=len(frames),
        is_last=True,
        read_frames=lambda start, stop: frames[start:stop],
    )


def _scores(result: Result) -> tuple[float, ...]:
    if not isinstance(result, Classification):
        raise TypeError(f"i3d_rgb must give classifications, gave {type(result).__name__}")
    return result.scores


if __name__ == "__main__":
    main()
