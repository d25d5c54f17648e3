"""The phase predictor: order, batches, repeats and company change no answer; each operation has its own memory."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
import torch

from models.networks.surgical_phase import SurgicalPhaseNet
from models.predictor import ClipSpec, ModelCard
from models.predictors.surgical_phase import NUM_OPERATIONS, PAUSE_SECONDS, SurgicalPhasePredictor
from models.results import Classification, Result
from models.runtime.options import RuntimeOptions
from models.runtime.preparing import prepare_for_inference
from models.samples import Clip
from models.surgical_phases import PHASES, TIME_LEFT

SIZE = 32


class Clock:
    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture(scope="module")
def network() -> SurgicalPhaseNet:
    torch.manual_seed(3)
    network = SurgicalPhaseNet(width=2, hidden_size=16).eval()
    with torch.no_grad():  # so that what was seen shows in what is said
        network.phase.weight.mul_(20)
        network.summary.weight.mul_(20)
    return network


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def make(network: SurgicalPhaseNet, clock: Clock) -> Callable[[], SurgicalPhasePredictor]:
    card = ModelCard(
        name="surgical_phase",
        network="surgical_phase",
        labels=PHASES,
        preprocessing="",
        licence="",
        intended_use="",
        clip_spec=ClipSpec(num_frames=1, frame_rate_hz=1.0, stride_seconds=1.0, short_side=SIZE),
    )
    options = RuntimeOptions(device="cpu", backend="torch", arithmetic="float32")
    look = prepare_for_inference(network.look, torch.zeros(4, 3, SIZE, SIZE), options)

    def build() -> SurgicalPhasePredictor:
        return SurgicalPhasePredictor(
            card, look=look, remember=network.follow, input_size=(SIZE, SIZE), max_batch_size=4, clock=clock
        )

    return build


def clip(second: int, *, source: str = "theatre-1", epoch: int = 1) -> Clip:
    pixels = np.random.default_rng(second).integers(0, 256, (1, SIZE, SIZE + 8, 3), np.uint8)
    return Clip(pixels, np.array([float(second)]), source, (epoch << 32 | second,))


def answers(predictor: SurgicalPhasePredictor, clips: Sequence[Clip], batch_size: int = 1) -> list[Result]:
    prepared = [predictor.prepare(one) for one in clips]
    batches = [prepared[start : start + batch_size] for start in range(0, len(prepared), batch_size)]
    return [result for batch in batches for result in predictor.predict(batch)]


def scores(results: Sequence[Result]) -> np.ndarray:
    return np.array([result.scores for result in results if isinstance(result, Classification)])


@pytest.mark.parametrize("batch_size", [2, 3, 16])
def test_batches_of_any_size_give_the_same_answers(make: Callable[[], SurgicalPhasePredictor], batch_size: int) -> None:
    clips = [clip(second) for second in range(16)]
    np.testing.assert_allclose(scores(answers(make(), clips, batch_size)), scores(answers(make(), clips)), atol=1e-6)


def test_sources_in_one_batch_keep_apart(make: Callable[[], SurgicalPhasePredictor]) -> None:
    mixed = [clip(second, source=source) for second in range(8) for source in ("a", "b")]
    alone = answers(make(), [clip(second, source="a") for second in range(8)])
    np.testing.assert_allclose(scores(answers(make(), mixed, 5))[::2], scores(alone), atol=1e-6)


def test_what_came_before_matters(make: Callable[[], SurgicalPhasePredictor]) -> None:
    [alone] = answers(make(), [clip(9)])
    *_, after = answers(make(), [clip(second) for second in range(10)])
    assert np.abs(scores([alone]) - scores([after])).max() > 1e-3


def test_a_frame_that_comes_again_counts_once(make: Callable[[], SurgicalPhasePredictor]) -> None:
    predictor, once = make(), answers(make(), [clip(second) for second in range(6)])
    again = answers(predictor, [clip(second) for second in (0, 1, 1, 2, 3, 3, 2, 4, 5)])
    assert [again[index] for index in (0, 1, 3, 4, 7, 8)] == once
    assert again[2] == again[1]
    assert again[6] == again[3]


def test_a_batch_that_fails_leaves_the_memory_as_it_was(
    make: Callable[[], SurgicalPhasePredictor], network: SurgicalPhaseNet
) -> None:
    predictor, once = make(), answers(make(), [clip(second) for second in range(6)])
    begun = answers(predictor, [clip(second) for second in range(3)])
    num_left = 2

    def breaks(described: torch.Tensor, state: object) -> object:
        nonlocal num_left
        num_left -= 1
        if num_left < 0:
            raise RuntimeError("out of memory")
        return network.follow(described, state)  # type: ignore[arg-type]

    predictor._remember, whole = breaks, predictor._remember  # type: ignore[assignment]
    with pytest.raises(RuntimeError, match="out of memory"):
        answers(predictor, [clip(second) for second in range(3, 6)], 3)
    predictor._remember = whole
    assert begun + answers(predictor, [clip(second) for second in range(3, 6)], 3) == once


def test_a_camera_that_reconnects_goes_on_with_its_operation(make: Callable[[], SurgicalPhasePredictor]) -> None:
    through = answers(make(), [clip(second) for second in range(8)])
    broken = answers(make(), [clip(second, epoch=1 if second < 4 else 2) for second in range(8)])
    assert broken == through


def test_frames_with_the_large_identities_of_live_sources_are_told_apart(
    make: Callable[[], SurgicalPhasePredictor],
) -> None:
    small, large = ([clip(second, epoch=epoch) for second in range(6)] for epoch in (1, 1_795_000_000_000))
    assert answers(make(), large) == answers(make(), small)


def test_a_recording_that_begins_again_is_another_operation(make: Callable[[], SurgicalPhasePredictor]) -> None:
    predictor, clips = make(), [clip(second) for second in range(50)]
    assert answers(predictor, clips) == answers(predictor, clips)


def test_after_a_long_silence_another_operation_begins(
    make: Callable[[], SurgicalPhasePredictor], clock: Clock
) -> None:
    predictor, [fresh] = make(), answers(make(), [clip(9)])
    answers(predictor, [clip(second) for second in range(9)])
    clock.seconds += PAUSE_SECONDS + 1
    assert answers(predictor, [clip(9)]) == [fresh]


def test_memory_is_bounded_in_time_and_in_sources(make: Callable[[], SurgicalPhasePredictor]) -> None:
    predictor = make()
    answers(predictor, [clip(second) for second in range(300)], 16)
    assert len(predictor._operations["theatre-1"].answers) == 32
    answers(predictor, [clip(0, source=f"theatre-{index}") for index in range(NUM_OPERATIONS + 9)], 16)
    assert len(predictor._operations) == NUM_OPERATIONS


def test_the_time_left_comes_with_an_interval(make: Callable[[], SurgicalPhasePredictor]) -> None:
    for result in answers(make(), [clip(second) for second in range(5)]):
        assert isinstance(result, Classification)
        [left] = result.measurements
        assert (left.name, left.unit) == (TIME_LEFT, "s")
        assert left.interval is not None
        assert 0 <= left.interval[0] <= left.value <= left.interval[1]


def test_clips_of_several_frames_are_refused(make: Callable[[], SurgicalPhasePredictor]) -> None:
    frames = np.zeros((2, SIZE, SIZE, 3), np.uint8)
    with pytest.raises(ValueError, match="reads clips of 1 frames, got 2"):
        make().prepare(Clip(frames, np.array([0.0, 1.0]), "theatre-1"))


def test_a_new_predictor_goes_on_where_another_has_died(
    make: Callable[[], SurgicalPhasePredictor], clock: Clock, tmp_path: Path
) -> None:
    clips = [clip(second) for second in range(30)]
    whole = answers(make(), clips)
    dies, goes_on = make(), make()
    dies.keep_state(tmp_path)
    goes_on.keep_state(tmp_path)
    for one in clips[:20]:
        answers(dies, [one])
        clock.seconds += 1
    kept_until = 16  # every KEEP_SECONDS, from the first on
    assert answers(goes_on, clips[kept_until:]) == whole[kept_until:]
    fresh = make()
    assert np.abs(scores(answers(fresh, clips[kept_until:])) - scores(whole[kept_until:])).max() > 1e-3


def test_a_frame_that_was_answered_before_the_death_counts_once(
    make: Callable[[], SurgicalPhasePredictor], tmp_path: Path
) -> None:
    clips = [clip(second) for second in range(6)]
    dies, goes_on = make(), make()
    dies.keep_state(tmp_path)
    goes_on.keep_state(tmp_path)
    [first] = answers(dies, clips[:1])
    assert answers(goes_on, clips[:1]) == [first]
    assert answers(goes_on, clips[1:]) == answers(make(), clips)[1:]


def test_what_was_kept_of_another_operation_is_not_gone_on_with(
    make: Callable[[], SurgicalPhasePredictor], tmp_path: Path
) -> None:
    dies, goes_on = make(), make()
    dies.keep_state(tmp_path)
    goes_on.keep_state(tmp_path)
    answers(dies, [clip(second, epoch=5) for second in range(9)])
    assert answers(goes_on, [clip(3, epoch=4)]) == answers(make(), [clip(3, epoch=4)])
