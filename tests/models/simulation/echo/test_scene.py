"""Laws of the simulated echocardiogram."""

from itertools import pairwise

import numpy as np
import pytest

from models.simulation.echo.anatomy import VIEWS
from models.simulation.echo.scene import RHYTHMS, EchoScene
from models.simulation.echo.ventricle import NUM_DISCS, Shape, Ventricle


def short_scene(seed: int, **options: object) -> EchoScene:
    return EchoScene(seed, **{"size": (160, 120), "duration_seconds": 2.0, "frame_rate_hz": 12.5, **options})  # type: ignore[arg-type]


@pytest.mark.parametrize("view", VIEWS)
def test_one_seed_gives_the_same_frames_bit_for_bit(view: str) -> None:
    first, second = (list(short_scene(3, view=view, duration_seconds=0.4).frames()) for _ in range(2))
    assert len(first) == 5
    assert np.array_equal(first, second)
    assert (first[0].shape, first[0].dtype) == ((120, 160, 3), np.uint8)
    assert not np.array_equal(first[0], next(short_scene(4, view=view).frames()))


@pytest.mark.parametrize("seed", range(20))
def test_volume_of_the_discs_is_the_volume_asked_for(seed: int) -> None:
    ventricle = Ventricle(Shape.draw(np.random.default_rng(seed)))
    for share in (1.0, 0.8, 0.5, 0.3):
        contraction = float(ventricle.contraction_at(share * ventricle.largest_ml))
        left, right = ventricle.walls(contraction)
        disc_cm = ventricle.length_cm(contraction) / NUM_DISCS
        volume_ml = np.pi / 4 * ((right - left)[:, 0] ** 2).sum() * disc_cm
        assert volume_ml == pytest.approx(share * ventricle.largest_ml, rel=2e-3)


@pytest.mark.parametrize("rhythm", RHYTHMS)
@pytest.mark.parametrize("seed", range(5))
def test_volume_curve_goes_through_every_beat(seed: int, rhythm: str) -> None:
    scene = EchoScene(seed, rhythm=rhythm, duration_seconds=4, frame_rate_hz=200)  # type: ignore[arg-type]
    truth = scene.truth
    assert len(truth.beats) >= 2
    for beat in truth.beats:
        at = [round(second * 200) for second in (beat.start_seconds, beat.end_systole_seconds)]
        assert truth.volumes_ml[at] == pytest.approx([beat.edv_ml, beat.esv_ml], rel=0.02)
        assert beat.esv_ml < beat.edv_ml
    assert all(one.end_seconds == pytest.approx(other.start_seconds) for one, other in pairwise(truth.beats))
    assert truth.ef_percent == pytest.approx(np.mean([beat.ef_percent for beat in truth.beats]))


def test_beats_are_alike_in_sinus_rhythm_and_differ_in_atrial_fibrillation() -> None:
    def spread(rhythm: str) -> float:
        scenes = [EchoScene(seed, rhythm=rhythm, duration_seconds=6) for seed in range(8)]  # type: ignore[arg-type]
        return float(np.mean([np.std([beat.duration_seconds for beat in scene.truth.beats]) for scene in scenes]))

    assert spread("atrial_fibrillation") > 4 * spread("sinus")


@pytest.mark.parametrize("seed", range(8))
def test_cavity_is_darker_than_the_wall_around_it(seed: int) -> None:
    scene = short_scene(seed, size=(320, 240))
    frame = next(scene.frames())[..., 0].astype(float)
    inside = scene.mask(0)
    ring = np.zeros_like(inside)
    contour = scene.truth.contours[0]
    outward = contour + 0.5 * scene.truth.pixels_per_cm * _unit(contour - contour.mean(0))
    columns, rows = np.round(outward[6:-6]).astype(int).T
    is_shown = (columns >= 0) & (columns < 320) & (rows >= 0) & (rows < 240)
    ring[rows[is_shown], columns[is_shown]] = True
    assert frame[inside].mean() < frame[ring].mean()


def test_mask_has_the_area_of_the_contour() -> None:
    scene = short_scene(2, size=(640, 480))
    x, y = scene.truth.contours[0].T
    area = 0.5 * abs(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1)))
    assert scene.mask(0).sum() == pytest.approx(area, rel=0.02)


def test_views_without_a_heart_have_no_ejection_fraction() -> None:
    truth = short_scene(1, view="no_heart").truth
    assert (truth.ef_percent, truth.beats, len(truth.contours)) == (None, (), 0)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"seed": -1}, "seed must be 0 or more, got -1"),
        ({"duration_seconds": 0.1}, "0.3 to 60 s long, got 0.1"),
        ({"frame_rate_hz": 500.0}, "5 to 200 frames a second, got 500"),
        ({"size": (161, 120)}, "must be even, 96 to 2048 pixels, got 161x120"),
    ],
)
def test_impossible_loops_are_refused(options: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        EchoScene(**{"seed": 0, **options})  # type: ignore[arg-type]


def _unit(vectors: np.ndarray) -> np.ndarray:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True))
