"""The mobility predictor: whatever it remembers, a step is answered as the network would on the whole video."""

from collections.abc import Callable

import numpy as np
import pytest
import torch

from models.mobility import INPUT_SIZE, LABELS, MEAN_BEFORE, PERSONNEL, see_changes
from models.mobility_steps import read_logits
from models.networks.mobility import STEPS_AFTER, STEPS_BEFORE, MobilityNet, read_changes
from models.predictor import ClipSpec, ModelCard
from models.predictors.mobility import MobilityPredictor
from models.results import Classification
from models.runtime.options import RuntimeOptions
from models.runtime.preparing import prepare_for_inference
from models.samples import Clip, FramesMissing, Passage

NUM_STEPS = 90
CONTEXT = STEPS_BEFORE + MEAN_BEFORE
TOLERANCE = 2e-3
"""Batch norm is folded into the layers when they are served: the last bits of fp32 differ."""


@pytest.fixture(scope="module")
def network() -> MobilityNet:
    torch.manual_seed(5)
    return MobilityNet(width=4, num_features=8, hidden_size=8).eval()


@pytest.fixture(scope="module")
def video() -> np.ndarray:
    rng = np.random.default_rng(8)
    coarse = rng.integers(0, 256, (NUM_STEPS, 6, 8, 3), np.uint8)
    return coarse.repeat(INPUT_SIZE[0] // 6, axis=1).repeat(INPUT_SIZE[1] // 8, axis=2)


@pytest.fixture(scope="module")
def whole(network: MobilityNet, video: np.ndarray) -> np.ndarray:
    """Scores of every step, by the network on the whole video."""
    with torch.inference_mode():
        return read_logits(network(torch.from_numpy(see_changes(video))[None])[0].numpy()).scores


@pytest.fixture
def make(network: MobilityNet) -> Callable[[], MobilityPredictor]:
    spec = ClipSpec(1, 2.5, 0.4, INPUT_SIZE[0], context_frames=CONTEXT, lookahead_frames=STEPS_AFTER)
    card = ModelCard("m", "mobility", LABELS, preprocessing="", licence="", intended_use="", clip_spec=spec)
    options = RuntimeOptions(device="cpu", backend="torch", arithmetic="float32")

    def build() -> MobilityPredictor:
        look = prepare_for_inference(network.look, torch.zeros(1, 5, *INPUT_SIZE), options)
        return MobilityPredictor(card, look=look, read=read_changes, follow=network.follow, max_batch_size=1)

    return build


def passage(video: np.ndarray, step: int, *, first_kept: int = 0) -> Passage:
    start, stop = max(step - CONTEXT, 0), min(step + 1 + STEPS_AFTER, len(video))

    def read(begin: int, end: int) -> np.ndarray:
        if begin < first_kept:
            raise FramesMissing("gone", first_kept - 1)
        return video[begin:end]

    return Passage("bed-1", 1, start, step, step + 1, stop, stop == len(video), read)


def answer(predictor: MobilityPredictor, sample: Passage) -> Classification:
    result = predictor.predict([predictor.prepare(sample)])[0]
    assert isinstance(result, Classification)
    return result


def test_steps_in_order_are_answered_as_on_the_whole_video(
    make: Callable[[], MobilityPredictor], video: np.ndarray, whole: np.ndarray
) -> None:
    predictor = make()
    found = [answer(predictor, passage(video, step)).scores for step in range(NUM_STEPS)]
    np.testing.assert_allclose(found, whole, atol=TOLERANCE)


@pytest.mark.parametrize("step", [0, 3, 74, 80, NUM_STEPS - 1])
def test_a_new_predictor_answers_a_step_in_the_middle_alike(
    make: Callable[[], MobilityPredictor], video: np.ndarray, whole: np.ndarray, step: int
) -> None:
    result = answer(make(), passage(video, step))
    np.testing.assert_allclose(result.scores, whole[step], atol=TOLERANCE)
    assert result.is_multi_label
    assert result.is_warming_up == (step < CONTEXT)
    assert [(one.name, one.unit) for one in result.measurements] == [(PERSONNEL, "people")]


def test_a_step_whose_past_is_gone_is_answered_as_if_the_video_began_there(
    make: Callable[[], MobilityPredictor], network: MobilityNet, video: np.ndarray
) -> None:
    result = answer(make(), passage(video, 80, first_kept=60))
    with torch.inference_mode():
        alone = network(torch.from_numpy(see_changes(video[60:88]))[None])[0].numpy()
    np.testing.assert_allclose(result.scores, read_logits(alone).scores[20], atol=TOLERANCE)
    assert result.is_warming_up


def test_a_step_whose_own_frame_is_gone_cannot_be_answered(
    make: Callable[[], MobilityPredictor], video: np.ndarray
) -> None:
    predictor = make()
    with pytest.raises(FramesMissing, match="gone"):
        predictor.predict([predictor.prepare(passage(video, 20, first_kept=22))])


def test_a_clip_without_its_video_is_refused(make: Callable[[], MobilityPredictor], video: np.ndarray) -> None:
    with pytest.raises(ValueError, match="reads passages of video, got Clip"):
        make().prepare(Clip(video[:1], np.zeros(1), "bed-1"))
