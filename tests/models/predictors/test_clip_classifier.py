from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from models.flow.methods import flow_measure
from models.predictor import ClipSpec, ModelCard
from models.predictors.building import build_two_stream_classifier
from models.predictors.clip_classifier import ClipClassifier
from models.predictors.streams import FlowStream, run_by_shape
from models.registry import build_network, build_predictor, find_card
from models.results import Classification, Result
from models.runtime.options import RuntimeOptions
from models.runtime.preparing import prepare_for_inference
from models.samples import Clip, Image
from models.transforms import crop_centre, normalise_clip
from models.weights import load_stored, store_model

NARROW = {"num_classes": 5, "width": 0.125}
RGB_CLIPS = ClipSpec(num_frames=8, frame_rate_hz=25.0, stride_seconds=0.16, short_side=72)
FLOW_CLIPS = replace(RGB_CLIPS, num_frames=9)
SIZE = (64, 64)
FP32 = RuntimeOptions(backend="torch", arithmetic="float32")

Store = Callable[..., ModelCard]
MakeClip = Callable[..., Clip]


def scores(results: list[Result]) -> np.ndarray:
    assert all(isinstance(result, Classification) for result in results)
    return np.array([result.scores for result in results if isinstance(result, Classification)])


@pytest.fixture
def rgb(store: Store) -> ModelCard:
    return store("i3d_rgb", NARROW, clip_spec=RGB_CLIPS, input_size=SIZE)


@pytest.fixture
def flow(store: Store) -> ModelCard:
    return store("i3d_flow", NARROW, clip_spec=FLOW_CLIPS, input_size=SIZE)


def test_scores_are_the_softmax_of_the_network_on_the_transformed_clip(rgb: ModelCard, moving_clip: MakeClip) -> None:
    from models.store.stored_models import find_stored

    network = build_network("i3d_rgb", **NARROW).eval()
    stored = find_stored("i3d_rgb")
    assert stored
    load_stored(network, stored)
    clip = moving_clip(RGB_CLIPS)
    with torch.inference_mode():
        inputs = normalise_clip(crop_centre(clip.frames, SIZE))
        expected = network(torch.from_numpy(inputs)[None]).softmax(1).numpy()

    predictor = build_predictor("i3d_rgb", backend="torch", threads=1)
    (result,) = predictor.predict([predictor.prepare(clip)])

    assert isinstance(result, Classification)
    assert result.labels == rgb.labels
    assert sum(result.scores) == pytest.approx(1, abs=1e-5)
    np.testing.assert_allclose(scores([result]), expected, atol=1e-2)  # bf16


def test_an_inflated_efficientnet_reads_pixels_as_its_pictures_were_read(
    models_directory: Path, filled: Callable[[Any], Any], moving_clip: MakeClip
) -> None:
    network = filled(build_network("efficientnet_lite0_3d", num_classes=3))
    card = replace(find_card("i3d_rgb"), name="ward", network="efficientnet_lite0_3d", labels=("a", "b", "c"))
    card = replace(card, network_options={"num_classes": 3}, clip_spec=RGB_CLIPS, input_size=SIZE)
    store_model(network, card, models_directory)
    clip = moving_clip(RGB_CLIPS)
    inputs = torch.from_numpy((crop_centre(clip.frames, SIZE).transpose(3, 0, 1, 2) - np.float32(127)) / 128)
    with torch.inference_mode():
        expected = network(inputs[None]).softmax(1).numpy()
    predictor = build_predictor("ward", backend="torch", arithmetic="float32", threads=1)
    np.testing.assert_allclose(scores(predictor.predict([predictor.prepare(clip)])), expected, atol=1e-4)


@pytest.mark.parametrize("backend", ["torch", "openvino"])
def test_scores_do_not_depend_on_the_size_of_the_batch(backend: Any, rgb: ModelCard, moving_clip: MakeClip) -> None:
    predictor = build_predictor("i3d_rgb", backend=backend, threads=1)
    prepared = [predictor.prepare(moving_clip(RGB_CLIPS, first_frame=start)) for start in (0, 5, 9)]
    alone = [predictor.predict([one])[0] for one in prepared]
    np.testing.assert_allclose(scores(predictor.predict(prepared)), scores(alone), atol=1e-5)
    assert predictor.predict([]) == []


def test_two_streams_are_summed_before_the_softmax(rgb: ModelCard, flow: ModelCard, moving_clip: MakeClip) -> None:
    both = build_two_stream_classifier(replace(find_card("i3d_two_stream"), clip_spec=FLOW_CLIPS), FP32)
    clip = moving_clip(FLOW_CLIPS)
    inputs = both.prepare(clip)
    assert [array.shape for array in inputs] == [(3, 8, 64, 64), (2, 8, 64, 64)]
    streams = both._streams
    logits = streams[0].logits(inputs[:1]) + streams[1].logits(inputs[1:])
    np.testing.assert_allclose(scores(both.predict([inputs])), logits.softmax(1).numpy(), atol=1e-6)


def test_the_card_of_two_streams_speaks_of_both(rgb: ModelCard, flow: ModelCard) -> None:
    card = find_card("i3d_two_stream")
    assert card.labels == rgb.labels
    assert len(card.weights_sha256) == 64
    assert card.weights_sha256 not in (rgb.weights_sha256, flow.weights_sha256)


def test_two_streams_of_other_classes_are_refused(rgb: ModelCard, store: Store) -> None:
    store("i3d_flow", {"num_classes": 4, "width": 0.125})
    with pytest.raises(ValueError, match=r"sums i3d_rgb \(5 labels\) and i3d_flow \(4 labels\)"):
        build_predictor("i3d_two_stream")


def test_remembered_flow_changes_no_score(flow: ModelCard, moving_clip: MakeClip) -> None:
    network = prepare_for_inference(build_network("i3d_flow", **NARROW), torch.zeros(1, 2, 8, *SIZE), FP32)
    remembering, forgetful = (
        ClipClassifier(
            flow,
            [FlowStream(network, short_side=72, input_size=SIZE, memory_bytes=memory_bytes)],
            max_batch_size=1,
        )
        for memory_bytes in (2**20, 0)
    )
    for first_frame in (0, 2, 4, 20, 0):
        for source_id in ("bed1", "bed2"):
            clip = moving_clip(FLOW_CLIPS, first_frame=first_frame, source_id=source_id)
            found, expected = remembering.prepare(clip), forgetful.prepare(clip)
            assert np.array_equal(found[0], expected[0])
            assert remembering.predict([found]) == forgetful.predict([expected])


def test_flow_of_overlapping_clips_is_measured_once(moving_clip: MakeClip) -> None:
    num_measured = 0

    def counting(first: np.ndarray, second: np.ndarray) -> np.ndarray:
        nonlocal num_measured
        num_measured += len(first)
        return flow_measure("dis")(first, second)

    network = prepare_for_inference(build_network("i3d_flow", **NARROW), torch.zeros(1, 2, 8, *SIZE), FP32)
    stream = FlowStream(network, short_side=72, input_size=SIZE, measure=counting)
    for first_frame in (0, 2, 4):
        stream.prepare(moving_clip(FLOW_CLIPS, first_frame=first_frame))
    assert num_measured == 8 + 2 + 2


def test_the_card_or_the_caller_says_how_flow_is_measured(store: Store, moving_clip: MakeClip) -> None:
    clip = moving_clip(FLOW_CLIPS)
    store("i3d_flow", NARROW, clip_spec=FLOW_CLIPS, input_size=SIZE)
    by_dis, by_caller = (
        build_predictor("i3d_flow", backend="torch", threads=1, flow_method=method).prepare(clip)[0]  # type: ignore[arg-type]
        for method in ("auto", "tvl1")
    )
    store("i3d_flow", NARROW, clip_spec=FLOW_CLIPS, input_size=SIZE, flow_method="tvl1")
    assert find_card("i3d_flow").flow_method == "tvl1"
    by_card = build_predictor("i3d_flow", backend="torch", threads=1).prepare(clip)[0]
    assert np.array_equal(by_card, by_caller)
    assert not np.array_equal(by_card, by_dis)
    assert by_card[0].mean() * 20 == pytest.approx(1, abs=0.15), "one pixel to the right"


def test_two_streams_measure_flow_as_the_flow_model_does(store: Store) -> None:
    store("i3d_rgb", NARROW)
    store("i3d_flow", NARROW, flow_method="tvl1")
    assert find_card("i3d_two_stream").flow_method == "tvl1"


def test_clips_may_be_prepared_by_several_threads(flow: ModelCard, moving_clip: MakeClip) -> None:
    predictor = build_predictor("i3d_flow", backend="torch", threads=1)
    clips = [moving_clip(FLOW_CLIPS, first_frame=start) for start in range(12)]
    with ThreadPoolExecutor(4) as threads:
        together = list(threads.map(predictor.prepare, clips))
    fresh = build_predictor("i3d_flow", backend="torch", threads=1)
    assert all(np.array_equal(found[0], fresh.prepare(clip)[0]) for found, clip in zip(together, clips, strict=True))


def test_frames_without_identity_are_never_remembered(flow: ModelCard, moving_clip: MakeClip) -> None:
    predictor = build_predictor("i3d_flow", backend="torch", threads=1)
    clip = moving_clip(FLOW_CLIPS)
    still = Clip(np.repeat(clip.frames[:1], 9, 0), clip.pts_seconds, clip.source_id)
    moving = Clip(clip.frames, clip.pts_seconds, clip.source_id)
    assert np.abs(predictor.prepare(moving)[0]).max() > 0.02
    assert np.abs(predictor.prepare(still)[0]).max() == 0


def test_frames_of_any_size_are_resized_first(rgb: ModelCard, moving_clip: MakeClip) -> None:
    predictor = build_predictor("i3d_rgb", backend="torch", threads=1)
    for height, width in ((72, 96), (144, 192), (40, 60), (200, 90)):
        prepared = predictor.prepare(moving_clip(RGB_CLIPS, height=height, width=width))
        assert prepared[0].shape == (3, 8, 64, 64)


def test_a_card_without_crop_shows_the_network_the_whole_frame(store: Store, moving_clip: MakeClip) -> None:
    store("ward", NARROW, network="i3d_rgb", clip_spec=replace(RGB_CLIPS, short_side=32), input_size=None)
    predictor = build_predictor("ward", backend="torch", threads=1)
    clips = [moving_clip(RGB_CLIPS, height=32, width=width) for width in (56, 40, 56)]
    prepared = [predictor.prepare(clip) for clip in clips]
    assert [inputs[0].shape for inputs in prepared] == [(3, 8, 32, 56), (3, 8, 32, 40), (3, 8, 32, 56)]
    alone = [predictor.predict([one])[0] for one in prepared]
    np.testing.assert_allclose(scores(predictor.predict(prepared)), scores(alone), atol=1e-5)


def test_inputs_of_several_shapes_come_back_in_their_order() -> None:
    inputs = [np.full((1, size), index, np.float32) for index, size in enumerate((2, 3, 2, 4, 3))]

    class Mean:
        device, backend, arithmetic = "cpu", "torch", "float32"

        def __call__(self, batch: torch.Tensor) -> torch.Tensor:
            return batch.mean(2)

    assert run_by_shape(Mean(), inputs).flatten().tolist() == [0, 1, 2, 3, 4]


def test_clips_of_another_length_and_other_samples_are_refused(rgb: ModelCard, moving_clip: MakeClip) -> None:
    predictor = build_predictor("i3d_rgb", backend="torch", threads=1)
    with pytest.raises(ValueError, match="i3d_rgb reads clips of 8 frames, got 9 from 'bed1'"):
        predictor.prepare(moving_clip(FLOW_CLIPS))
    with pytest.raises(ValueError, match="i3d_rgb reads clips of video, got Image from 'photo'"):
        predictor.prepare(Image(np.zeros((72, 72, 3), np.uint8), "photo"))


def test_a_network_gone_mad_is_an_error_not_a_score(rgb: ModelCard, moving_clip: MakeClip) -> None:
    predictor = build_predictor("i3d_rgb", backend="torch", threads=1)
    with pytest.raises(ValueError, match=r"scores must lie in 0\.\.1"):
        predictor.predict([[np.full((3, 8, 64, 64), np.nan, np.float32)]])


def test_changed_weights_are_not_served(rgb: ModelCard, models_directory: Path) -> None:
    path = models_directory / "i3d_rgb.safetensors"
    path.write_bytes(path.read_bytes()[:-1] + b"\x01")
    with pytest.raises(ValueError, match="was changed after its card was written"):
        build_predictor("i3d_rgb")


def test_labels_must_be_as_many_as_classes(store: Store) -> None:
    store("i3d_rgb", NARROW, labels=tuple("abc"))
    with pytest.raises(ValueError, match="card of i3d_rgb must have a label for each of 5 classes, it has 3"):
        build_predictor("i3d_rgb")
