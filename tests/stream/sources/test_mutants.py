"""Files with flipped bits, cut off, overwritten: each is decoded or refused in one line, and nothing else happens."""

import random
import time
from pathlib import Path

import numpy as np
import pytest
from pydicom.uid import JPEG2000Lossless, JPEGBaseline8Bit, RLELossless

from stream.errors import StreamError
from stream.sources.dicom_cine import example_echocardiogram
from stream.sources.opening import open_source
from tests.stream.sources.made_cines import make_cine
from tests.stream.sources.made_videos import make_video, pictures

MAX_SECONDS = 10.0
VIDEOS = ("a.mp4", "h265.mkv", "a.avi", "a.ts", "jpeg.mov")
CINES = {"rle.dcm": RLELossless, "j2k.dcm": JPEG2000Lossless, "jpeg.dcm": JPEGBaseline8Bit}
"""JPEG-LS is left out: CharLS may spend half a minute on a few broken bytes. The process of the source bounds that."""


@pytest.fixture(scope="module")
def originals(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("originals")
    codecs = {"h265.mkv": "libx265", "a.avi": "mpeg4", "jpeg.mov": "mjpeg"}
    containers = {"a.ts": "mpegts"}
    videos = [
        make_video(folder / name, codec=codecs.get(name, "libx264"), container=containers.get(name), num_frames=10)
        for name in VIDEOS
    ]
    cines = [make_cine(folder / name, np.stack(pictures(4)), syntax=syntax) for name, syntax in CINES.items()]
    return [*videos, *cines, example_echocardiogram()]


def mutate(content: bytes, chance: random.Random) -> bytes:
    mutant = bytearray(content)
    kind = chance.choice(["flip", "flip", "head", "cut", "block"])
    if kind == "cut":
        return bytes(mutant[: chance.randrange(len(mutant))])
    if kind == "block":
        start, length = chance.randrange(len(mutant)), chance.randrange(1, 64)
        mutant[start : start + length] = chance.randbytes(length)
        return bytes(mutant)
    reach = min(len(mutant), 1024) if kind == "head" else len(mutant)
    for _ in range(chance.randrange(1, 65)):
        mutant[chance.randrange(reach)] ^= 1 << chance.randrange(8)
    return bytes(mutant)


def outcome_of(path: Path) -> str:
    """Decode everything; return what came of it. Anything but a StreamError is a failure of the test."""
    started_at = time.monotonic()
    reason = ""
    try:
        with open_source(str(path), max_pixels=1920 * 1080) as reader:
            for frame in reader:
                frame.to_rgb(32, 32)
    except StreamError as error:
        reason = str(error)
    assert time.monotonic() - started_at < MAX_SECONDS
    assert not reason or (reason.startswith(str(path)) and "\n" not in reason)
    return "refused" if reason else "decoded"


def hold_against_mutants(originals: list[Path], tmp_path: Path, *, num_each: int, seed: int) -> None:
    outcomes = []
    for original in originals:
        content = original.read_bytes()
        for number in range(num_each):
            mutant = tmp_path / original.name
            mutant.write_bytes(mutate(content, random.Random(f"{seed} {original.name} {number}")))
            outcomes.append(outcome_of(mutant))
    assert {"decoded", "refused"} == set(outcomes)


def test_mutants_are_decoded_or_refused(originals: list[Path], tmp_path: Path) -> None:
    hold_against_mutants(originals, tmp_path, num_each=12, seed=1)


@pytest.mark.slow
def test_many_mutants_are_decoded_or_refused(originals: list[Path], tmp_path: Path) -> None:
    hold_against_mutants(originals, tmp_path, num_each=100, seed=2)
