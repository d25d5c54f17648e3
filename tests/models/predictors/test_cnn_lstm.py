from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from models.networks.cnn_lstm import CnnLstm
from models.predictor import ClipSpec, ModelCard
from models.predictors.cnn_lstm import GROUP_SIZE, CnnLstmClassifier
from models.registry import build_network, build_predictor, find_card
from models.results import Classification, Result
from models.runtime.options import RuntimeOptions
from models.runtime.preparing import prepare_for_inference
from models.samples import Clip
from models.transforms import crop_centre, normalise_frames, normalise_frames_to_one
from models.weights import store_model
from tests.models.predictors.counting_cnn import CountingCnn

CLIPS = ClipSpec(num_frames=5, frame_rate_hz=5.0, stride_seconds=0.4, short_side=72)
SIZE = (64, 64)

MakeClip = Callable[..., Clip]


@pytest.fixture(scope="module")
def network() -> CnnLstm:
    torch.manual_seed(1)
    return CnnLstm(num_classes=4, hidden_size=16).eval()


@pytest.fixture
def card(store: Callable[..., ModelCard]) -> ModelCard:
    return store("cnn_lstm", {"num_classes": 4, "hidden_size": 16}, clip_spec=CLIPS, input_size=SIZE)


@pytest.fixture
def classifier(card: ModelCard, network: CnnLstm) -> Callable[..., CnnLstmClassifier]:
    def build(look: object, *, memory_bytes: int = 2**20) -> CnnLstmClassifier:
        return CnnLstmClassifier(
            card,
            look=look,  # type: ignore[arg-type]
            remember=network.step_logits,
            input_size=SIZE,
            max_batch_size=1,
            memory_bytes=memory_bytes,
        )

    return build


def scores(results: list[Result]) -> np.ndarray:
    return np.array([result.scores for result in results if isinstance(result, Classification)])


def test_a_trained_model_is_served_by_its_name(card: ModelCard, moving_clip: MakeClip) -> None:
    predictor = build_predictor("cnn_lstm", threads=1, backend="torch")
    prepared = [predictor.prepare(moving_clip(CLIPS, first_frame=start)) for start in (0, 2, 30)]
    results = predictor.predict(prepared)
    assert scores(results).shape == (3, 4)
    assert predictor.predict([]) == []
    np.testing.assert_allclose(scores([predictor.predict([one])[0] for one in prepared]), scores(results), atol=1e-5)


@pytest.mark.parametrize(
    ("network_name", "options", "normalise"),
    [
        ("cnn_rnn", {"cell": "gru", "cnn": "efficientnet_lite0", "hidden_size": 8}, normalise_frames),
        ("cnn_rnn", {"cell": "rnn", "cnn": "resnet18", "hidden_size": 8}, normalise_frames_to_one),
        ("convnet_lstm", {"hidden_size": 8, "num_steps": 3}, normalise_frames_to_one),
    ],
)
def test_other_memories_are_served_with_what_their_cnn_reads(
    network_name: str,
    options: dict[str, Any],
    normalise: Callable[[np.ndarray], np.ndarray],
    models_directory: Path,
    filled: Callable[[Any], Any],
    moving_clip: MakeClip,
) -> None:
    options = {"num_classes": 4, **options}
    network = filled(build_network(network_name, **options))
    card = replace(find_card("cnn_lstm"), name="ward", network=network_name, network_options=options)
    card = replace(card, labels=("a", "b", "c", "d"), clip_spec=CLIPS, input_size=SIZE)
    store_model(network, card, models_directory)
    clip = moving_clip(CLIPS)
    frames = torch.from_numpy(normalise(crop_centre(clip.frames, SIZE)))
    with torch.inference_mode():
        expected = network(frames.transpose(0, 1)[None]).softmax(1).numpy()

    predictor = build_predictor("ward", threads=1, backend="torch", arithmetic="float32")

    np.testing.assert_allclose(scores(predictor.predict([predictor.prepare(clip)])), expected, atol=1e-4)


def test_remembered_features_change_no_score(
    network: CnnLstm, classifier: Callable[..., CnnLstmClassifier], moving_clip: MakeClip
) -> None:
    options = RuntimeOptions(backend="torch", arithmetic="float32")
    look = prepare_for_inference(network.cnn, torch.zeros(GROUP_SIZE, 3, *SIZE), options)
    remembering, forgetful = classifier(look), classifier(look, memory_bytes=0)
    for first_frame in (0, 2, 4, 0):
        clips = [moving_clip(CLIPS, first_frame=first_frame, source_id=name) for name in ("bed1", "bed2")]
        found = remembering.predict([remembering.prepare(clip) for clip in clips])
        expected = forgetful.predict([forgetful.prepare(clip) for clip in clips])
        np.testing.assert_allclose(scores(found), scores(expected), atol=1e-6)


def test_a_frame_is_looked_at_once_whatever_the_overlap(
    classifier: Callable[..., CnnLstmClassifier], moving_clip: MakeClip
) -> None:
    look = CountingCnn()
    predictor = classifier(look)
    early, late = (predictor.prepare(moving_clip(CLIPS, first_frame=start)) for start in (0, 2))
    predictor.predict([early, late])
    assert look.num_frames == 7
    predictor.predict([predictor.prepare(moving_clip(CLIPS, first_frame=4))])
    assert look.num_frames == 9


def test_padded_frames_are_looked_at_once(classifier: Callable[..., CnnLstmClassifier], moving_clip: MakeClip) -> None:
    look = CountingCnn()
    predictor = classifier(look)
    predictor.predict([predictor.prepare(replace(moving_clip(CLIPS), frame_ids=(0, 1, 2, 2, 2)))])
    assert look.num_frames == 3


def test_frames_without_identity_are_looked_at_every_time(
    classifier: Callable[..., CnnLstmClassifier], moving_clip: MakeClip
) -> None:
    look = CountingCnn()
    predictor = classifier(look)
    for _ in range(2):
        predictor.predict([predictor.prepare(replace(moving_clip(CLIPS), frame_ids=()))])
    assert look.num_frames == 10
