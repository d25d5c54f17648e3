"""Laws of the simulated operation: one seed one operation, truth without gap, nothing hides a phase's beginning."""

from itertools import islice, pairwise

import numpy as np
import pytest

from models.simulation.surgery.course import CALOT, CLIPPING, DISSECTION, draw_order, is_cut_after
from models.simulation.surgery.operation import SurgeryScene
from models.surgical_phases import PHASES, TOOLS

SEEDS = range(40)


def scene(seed: int, **options: float) -> SurgeryScene:
    return SurgeryScene(seed, height=64, width=96, **{"duration_seconds": 360.0, **options})  # type: ignore[arg-type]


def test_one_seed_gives_one_operation_and_another_gives_another() -> None:
    first, again, other = scene(5), scene(5), scene(6)
    assert first.truth == again.truth != other.truth
    for index in (0, 120, 359):
        np.testing.assert_array_equal(first.frame(index), again.frame(index))
    assert np.abs(first.frame(10).astype(int) - other.frame(10)).mean() > 5


def test_frames_do_not_depend_on_which_were_asked_before() -> None:
    forward, alone = scene(8), scene(8)
    frames = list(islice(forward.frames(), 90))
    assert forward.num_frames == 360
    np.testing.assert_array_equal(frames[80], alone.frame(80))


def test_frame_rate_and_size_change_nothing_that_happens() -> None:
    slow, fast = scene(4), SurgeryScene(4, duration_seconds=360, height=96, width=128, frame_rate_hz=5)
    assert (slow.truth.phases, slow.truth.tools) == (fast.truth.phases, fast.truth.tools)
    assert fast.num_frames == 5 * slow.num_frames


@pytest.mark.parametrize("seed", SEEDS)
def test_phases_follow_each_other_without_gap_and_in_a_sensible_order(seed: int) -> None:
    order = draw_order(np.random.default_rng(seed))
    assert set(order) <= set(PHASES)
    assert all(first != second for first, second in pairwise(order))
    assert order.index(CALOT) < order.index(CLIPPING) < order.index(DISSECTION)


def test_orders_differ_between_operations() -> None:
    orders = [draw_order(np.random.default_rng(seed)) for seed in SEEDS]
    assert len(set(orders)) >= 6
    assert any(order.count(CLIPPING) == 2 for order in orders)
    assert any(order.count(DISSECTION) == 2 for order in orders)


@pytest.mark.parametrize("seed", range(6))
def test_truth_covers_the_operation_and_every_phase_begins_in_sight(seed: int) -> None:
    truth = scene(seed).truth
    borders = [0.0, *(span.end_seconds for span in truth.phases)]
    assert [span.start_seconds for span in truth.phases] == borders[:-1]
    assert borders[-1] == truth.duration_seconds == 360
    assert not any(
        start < span.start_seconds + 2 and span.start_seconds < end
        for span in truth.phases
        for start, end in truth.out_of_body
    )


@pytest.mark.parametrize("seed", range(6))
def test_scissors_come_only_where_something_is_cut_and_clips_come_before(seed: int) -> None:
    truth = scene(seed, duration_seconds=900.0).truth
    for index, span in enumerate(truth.phases):
        within = {tool.tool for tool in truth.tools if span.start_seconds <= tool.start_seconds < span.end_seconds}
        is_cut = span.phase == CLIPPING and is_cut_after(truth.phases, index)
        assert ("Scissors" in within) == is_cut
        assert ("Clipper" in within) == (span.phase == CLIPPING)


def test_text_files_have_the_layout_of_cholec80() -> None:
    truth = SurgeryScene(3, duration_seconds=300, height=64, width=64, frame_rate_hz=5).truth
    phases, tools = truth.phase_text().splitlines(), truth.tool_text().splitlines()
    assert phases[0] == "Frame\tPhase"
    assert len(phases) == 1 + truth.num_frames == 1501
    assert phases[1] == f"0\t{truth.phases[0].phase}"
    assert tools[0].split("\t") == ["Frame", *TOOLS]
    assert [line.split("\t")[0] for line in tools[1:4]] == ["0", "5", "10"]
    assert {cell for line in tools[1:] for cell in line.split("\t")[1:]} == {"0", "1"}


def test_camera_out_of_the_body_shows_no_instrument() -> None:
    truth = next(found for seed in SEEDS if (found := scene(seed, duration_seconds=1200).truth).out_of_body)
    start, end = truth.out_of_body[0]
    assert truth.tools_at((start + end) / 2) == frozenset()
    assert truth.phase_at(start) in PHASES


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"duration_seconds": 10.0}, r"an operation must last 0\.067 to 6 hours, got 0\.00278"),
        ({"height": 63}, r"width and height must be even and at least 64 pixels, got 96x63"),
        ({"frame_rate_hz": 0.0}, r"frame_rate_hz must lie in 0\.2\.\.30, got 0"),
        ({"seed": -1}, r"seed must be 0 or more, got -1"),
    ],
)
def test_wrong_options_are_refused(options: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        SurgeryScene(**{"seed": 1, "height": 64, "width": 96, "duration_seconds": 300.0, **options})  # type: ignore[arg-type]
