"""Ends of systole, held against EchoNet-Dynamic's own code."""

import json
from pathlib import Path

import numpy as np
import pytest

from models.echo.beats import find_beats
from models.echo.systole import find_systoles, trimmed_range


def test_systoles_and_trimming_are_those_of_echonet(parity: Path) -> None:
    cases = json.loads((parity / "echonet_post.json").read_text())["systole"]
    assert len(cases) >= 3
    for case in cases:
        areas = np.array(case["size"])
        assert trimmed_range(areas) == (case["trim_min"], case["trim_max"])
        assert find_systoles(areas).tolist() == case["systole_frames"]


def wave(rate_hz: float, *, seconds: float = 4.0, beats_a_second: float = 1.25) -> np.ndarray:
    return 1500 + 300 * np.cos(2 * np.pi * beats_a_second * np.arange(int(seconds * rate_hz)) / rate_hz)


@pytest.mark.parametrize("rate_hz", [20.0, 30.0, 50.0, 80.0])
def test_beats_do_not_depend_on_the_frame_rate(rate_hz: float) -> None:
    beats = find_beats(wave(rate_hz), rate_hz)
    assert [round(beat.systole / rate_hz, 1) for beat in beats] == [0.4, 1.2, 2.0, 2.8, 3.6]
    assert all(beat.diastole < beat.systole for beat in beats)
    assert [round(beat.diastole / rate_hz, 1) for beat in beats] == [0.0, 0.8, 1.6, 2.4, 3.2]


def test_a_beat_whose_beginning_was_not_recorded_is_left_out() -> None:
    whole, cut = wave(50.0), wave(50.0)[8:]
    assert len(find_beats(whole, 50.0)) == 5
    assert [beat.systole for beat in find_beats(cut, 50.0)] == [52, 92, 132, 172]


def test_a_ventricle_that_stands_still_has_no_beat() -> None:
    assert find_beats(np.full(100, 700.0), 50.0) == []


def test_one_frame_is_too_few() -> None:
    with pytest.raises(ValueError, match="at least two areas are needed, got 1"):
        find_systoles(np.array([3.0]))
