"""Serving the fall model."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from models.falls.description import describe
from models.falls.labels import LABELS
from models.falls.motion import CLIP_FRAMES, FRAME_RATE_HZ, SHORT_SIDE, find_region, measure_fields, motion_within
from models.networks.falls import FallNet
from models.predictor import ClipSpec, ModelCard
from models.predictors.falls import FallPredictor
from models.registry import build_predictor
from models.results import Classification
from models.samples import Clip, Image
from tests.models.predictors.counting_cnn import CountingCnn

CLIPS = ClipSpec(CLIP_FRAMES, FRAME_RATE_HZ, 3 / FRAME_RATE_HZ, SHORT_SIDE)


@pytest.fixture
def card() -> ModelCard:
    return ModelCard("falls", "fall_cnn_lstm", LABELS, "", "", "", clip_spec=CLIPS)


@pytest.fixture
def predictor(card: ModelCard) -> tuple[FallPredictor, CountingCnn]:
    torch.manual_seed(2)
    look = CountingCnn()
    network = FallNet(hidden_size=16).eval()
    return FallPredictor(card, look=look, remember=network, max_batch_size=1), look


def clip(first: int = 0, *, has_ids: bool = True) -> Clip:
    frames = np.random.default_rng(3).integers(0, 255, (CLIP_FRAMES + 12, SHORT_SIDE, 160, 3), dtype=np.uint8)
    ids = np.arange(first, first + CLIP_FRAMES)
    return Clip(frames[ids], ids / FRAME_RATE_HZ, "camera", tuple(ids.tolist()) if has_ids else ())


def test_a_clip_is_described_as_in_training(predictor: tuple[FallPredictor, CountingCnn]) -> None:
    served = predictor[0].prepare(clip()).numbers
    fields = measure_fields(clip().frames)
    assert np.array_equal(served, describe(motion_within(fields, find_region(fields.flows))))


def test_overlapping_clips_look_only_at_new_frames(predictor: tuple[FallPredictor, CountingCnn]) -> None:
    serve, look = predictor
    serve.predict([serve.prepare(clip(0))])
    assert look.num_frames == 8
    serve.predict([serve.prepare(clip(3))])
    assert look.num_frames == 9


def test_results_do_not_depend_on_what_is_remembered(predictor: tuple[FallPredictor, CountingCnn]) -> None:
    serve, _ = predictor
    serve.predict([serve.prepare(clip(0))])
    again = serve.predict([serve.prepare(clip(3))])[0]
    fresh = serve.predict([serve.prepare(clip(3, has_ids=False))])[0]
    assert isinstance(again, Classification)
    assert isinstance(fresh, Classification)
    assert again.scores == pytest.approx(fresh.scores, abs=1e-6)


def test_nothing_is_said_of_no_clips(predictor: tuple[FallPredictor, CountingCnn]) -> None:
    assert predictor[0].predict([]) == []


def test_a_picture_is_refused(predictor: tuple[FallPredictor, CountingCnn]) -> None:
    with pytest.raises(ValueError, match="reads clips of video, got Image"):
        predictor[0].prepare(Image(np.zeros((9, 9, 3), np.uint8), "photo"))


def test_a_card_of_other_clips_is_refused(card: ModelCard) -> None:
    short = replace(card, clip_spec=replace(CLIPS, num_frames=5))
    with pytest.raises(ValueError, match="must state a clip_spec of 24 frames"):
        FallPredictor(short, look=CountingCnn(), remember=FallNet(hidden_size=16), max_batch_size=1)


def test_the_shipped_model_is_served_by_name() -> None:
    predictor = build_predictor("fall_cnn_lstm", device="cpu", threads=1, backend="torch")
    result = predictor.predict([predictor.prepare(clip())])[0]
    assert isinstance(result, Classification)
    assert result.labels == LABELS
    assert sum(result.scores) == pytest.approx(1, abs=1e-5)
    assert predictor.card.event_spec is not None
    assert predictor.card.event_spec.labels == ("fall",)
