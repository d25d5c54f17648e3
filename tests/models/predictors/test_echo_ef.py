"""The shipped echo models on simulated and real recordings: what they read, and what they refuse."""

import numpy as np
import pytest

from models.predictors.echo_ef import EchoEf
from models.registry import build_predictor
from models.results import Measurement
from models.samples import Clip
from models.simulation.echo.scene import EchoScene
from models.training.echo.metrics import cine_of_scene


@pytest.fixture(scope="module")
def reader() -> EchoEf:
    predictor = build_predictor("echo_ef", device="cpu", threads=1)
    assert isinstance(predictor, EchoEf)
    return predictor


def recording(seed: int, **options: object) -> Clip:
    scene = EchoScene(seed, **{"size": (320, 240), "duration_seconds": 3.0, "frame_rate_hz": 30, **options})  # type: ignore[arg-type]
    frames = np.stack(list(scene.frames()))
    return Clip(frames, np.arange(len(frames)) / scene.frame_rate_hz, f"seed {seed}")


@pytest.mark.parametrize("seed", [3, 8])
def test_ejection_fraction_is_near_the_true_one(reader: EchoEf, seed: int) -> None:
    true = EchoScene(seed, duration_seconds=3.0).truth.ef_percent
    [result] = reader.predict([reader.prepare(recording(seed))])
    assert isinstance(result, Measurement)
    assert (result.name, result.unit) == ("ef_percent", "%")
    assert result.value == pytest.approx(true, abs=7)
    assert result.interval is not None
    assert result.interval[0] <= result.value <= result.interval[1]


def test_every_beat_is_read_with_a_second_opinion(reader: EchoEf) -> None:
    scene = EchoScene(3, size=(320, 240), duration_seconds=3.0, frame_rate_hz=30)
    cine = cine_of_scene(scene, "loop")
    assert cine is not None
    reading = reader.read(cine)
    found = [beat.systole_seconds for beat in reading.beats]
    for beat in scene.truth.beats[:-1]:
        assert min(abs(beat.end_systole_seconds - at) for at in found) < 0.12
    assert reading.volume_ef is not None
    assert reading.volume_ef.mean == pytest.approx(scene.truth.ef_percent, abs=12)
    assert len(reading.contours) == len(reading.areas) == len(cine.frames)


@pytest.mark.parametrize(
    ("options", "code", "reason"),
    [
        (
            {"view": "parasternal_short_axis"},
            "another_view",
            "an apical four chamber view is required, this looks like",
        ),
        ({"view": "no_heart"}, "another_view", "an apical four chamber view is required, this looks like"),
        ({"duration_seconds": 0.8}, "fewer_than_two_beats", "at least 2 whole beats are required, found"),
        ({"frame_rate_hz": 8}, "too_few_frames_a_second", "at least 15 frames a second are required .* found 8.0"),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_reason(
    reader: EchoEf, options: dict[str, object], code: str, reason: str
) -> None:
    cine = reader.prepare(recording(3, **options))
    reading = reader.read(cine)
    assert reading.refusal is not None
    assert reading.refusal.code == code
    assert reading.ef is None
    with pytest.raises(ValueError, match=reason):
        reader.predict([cine])


def test_a_picture_of_something_else_is_no_ultrasound(reader: EchoEf) -> None:
    frames = np.random.default_rng(0).integers(0, 256, (8, 96, 128, 3), dtype=np.uint8)
    with pytest.raises(ValueError, match="must be an ultrasound recording: the picture is not the black screen"):
        reader.prepare(Clip(frames, np.arange(8) / 25, "a room"))


def test_it_is_no_model_of_clips(reader: EchoEf) -> None:
    assert reader.clip_spec is None
