"""I3D on a video the way a first script does it: what `vigil bench live` measures Vigil against.

OpenCV reads the frames one after another, every 16 frames a window of 64 goes through the network in fp32, and nothing
is done ahead or twice. Read it from top to bottom; nothing here is tuned, for or against.

    python -m models.benchmarks.naive_i3d VIDEO WEIGHTS.safetensors OUT --threads N

prints one JSON object, and writes the logits of every window and the frames of the first one into the folder OUT.
"""

import argparse
import json
import resource
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
import safetensors.torch
import torch

from models.benchmarks.i3d_parity import parity_error
from models.networks.i3d import I3D

NUM_FRAMES, STRIDE, SHORT_SIDE, CROP = 64, 16, 256, 224


@torch.inference_mode()
def main() -> None:
    options = parse_options()
    network = I3D(num_classes=400, in_channels=3)
    network.load_state_dict(safetensors.torch.load_file(options.weights))
    network.eval()
    error = parity_error(network)
    network(torch.zeros(1, 3, NUM_FRAMES, CROP, CROP))  # warm up

    seconds = {"decode": 0.0, "resize": 0.0, "prepare": 0.0, "predict": 0.0}
    frames: list[np.ndarray] = []
    first_window: list[np.ndarray] = []
    logits: list[np.ndarray] = []
    num_read = 0
    began = time.perf_counter()
    capture = cv2.VideoCapture(str(options.video))
    while True:
        with timed(seconds, "decode"):
            is_read, frame = capture.read()
        if not is_read:
            break
        num_read += 1
        with timed(seconds, "resize"):
            frames = [*frames[-(NUM_FRAMES - 1) :], resize(frame)]
        if num_read < NUM_FRAMES or (num_read - NUM_FRAMES) % STRIDE:
            continue
        with timed(seconds, "prepare"):
            clip = prepare(np.stack(frames))
        with timed(seconds, "predict"):
            logits.append(network(clip).numpy()[0])
        first_window = first_window or frames
    elapsed = time.perf_counter() - began

    np.save(options.out / "first_window.npy", np.stack(first_window))
    np.save(options.out / "naive_logits.npy", np.stack(logits))
    told = {
        "num_windows": len(logits),
        "elapsed_seconds": elapsed,
        "stage_seconds": seconds,
        "peak_memory_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "parity_error": error,
    }
    sys.stdout.write(json.dumps(told) + "\n")


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="I3D on a video, the naive way")
    parser.add_argument("video", type=Path)
    parser.add_argument("weights", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--threads", type=int, default=0)
    options = parser.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
        cv2.setNumThreads(options.threads)
    return options


def resize(frame: np.ndarray) -> np.ndarray:
    """Return the frame with its shorter side at 256, in RGB."""
    scale = SHORT_SIDE / min(frame.shape[:2])
    size = (round(frame.shape[1] * scale), round(frame.shape[0] * scale))
    return np.asarray(cv2.cvtColor(cv2.resize(frame, size), cv2.COLOR_BGR2RGB))


def prepare(window: np.ndarray) -> torch.Tensor:
    """Return the centre of 64 frames, (64, 256, W, 3) uint8, as the network reads it."""
    top, left = (window.shape[1] - CROP) // 2, (window.shape[2] - CROP) // 2
    clip = torch.from_numpy(window[:, top : top + CROP, left : left + CROP])
    return clip.permute(3, 0, 1, 2).float().unsqueeze(0) / 127.5 - 1  # (1, 3, 64, 224, 224)


@contextmanager
def timed(seconds: dict[str, float], stage: str) -> Iterator[None]:
    """Add what the block takes to a stage."""
    started = time.perf_counter()
    yield
    seconds[stage] += time.perf_counter() - started


if __name__ == "__main__":
    main()
