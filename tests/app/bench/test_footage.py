"""Tests of app/bench/footage.py."""

from pathlib import Path

import numpy as np

from app.bench.footage import HEIGHT, RATE_HZ, WIDTH, make_frames, write_footage
from stream.sources.opening import describe


def test_the_video_is_what_the_benchmark_says_it_is(tmp_path: Path) -> None:
    write_footage(tmp_path / "a.mp4", duration_seconds=0.4)
    media = describe(str(tmp_path / "a.mp4"))
    assert (media.width, media.height, media.declared_rate_hz, media.codec) == (WIDTH, HEIGHT, RATE_HZ, "h264")
    assert media.num_frames == 10


def test_a_seed_names_its_pictures_and_everything_moves() -> None:
    first, again, other = (list(make_frames(3, seed=seed)) for seed in (4, 4, 5))
    np.testing.assert_array_equal(first, again)
    assert (np.array(first) != np.array(other)).any()
    changed = (first[0].astype(int) - first[2]) != 0
    assert changed.any(2).mean() > 0.8
