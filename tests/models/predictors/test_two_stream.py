from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from models.predictor import ClipSpec, ModelCard
from models.predictors.two_stream import flow_pictures, mean_score_logits, stack_pictures, stack_starts
from models.registry import build_network, build_predictor, find_card
from models.results import Classification
from models.samples import Clip
from models.store.importing import import_checkpoint

SHORT = ClipSpec(num_frames=21, frame_rate_hz=25.0, stride_seconds=1.0, short_side=64)
SIZE = (48, 56)

Store = Callable[..., ModelCard]
MakeClip = Callable[..., Clip]


@pytest.fixture
def streams(store: Store) -> None:
    options = {"num_classes": 3, "width": 0.125}
    fields: dict[str, Any] = {"network": "two_stream_resnet18", "clip_spec": SHORT, "input_size": SIZE}
    store("two_stream_spatial", {**options, "in_channels": 3}, **fields)
    store("two_stream_temporal", {**options, "in_channels": 20}, **fields)


def scores_of(name: str, clip: Clip) -> np.ndarray:
    predictor = build_predictor(name, backend="torch", arithmetic="float32", threads=1)
    (result,) = predictor.predict([predictor.prepare(clip)])
    assert isinstance(result, Classification)
    return np.array(result.scores)


def test_stacks_follow_each_other() -> None:
    assert stack_starts(51) == [0, 10, 20, 30, 40]
    assert stack_starts(11) == [0]
    with pytest.raises(ValueError, match="a stack of 10 fields of flow needs 11 frames, got 10"):
        stack_starts(10)


def test_the_first_field_of_a_stack_comes_last_as_in_the_published_loader() -> None:
    pictures = np.arange(20.0).reshape(10, 1, 1, 2)
    assert stack_pictures(pictures)[:, 0, 0].tolist() == [*range(2, 20), 0, 1]


def test_flow_becomes_grey_pictures_of_256_levels() -> None:
    flows = np.zeros((1, 2, 2, 2), np.float32)
    flows[..., 0], flows[0, 0, 0, 1] = (-30, 30)
    pictures = flow_pictures(flows, (2, 2))
    assert pictures[0, 0, 0].tolist() == [0.0, 1.0]
    assert pictures[0, 1, 1, 1] == pytest.approx(128 / 255)
    np.testing.assert_allclose(pictures * 255, np.round(pictures * 255), atol=1e-4)


def test_logits_of_several_views_stand_for_the_mean_of_their_scores() -> None:
    logits = torch.randn(5, 3, 7) * 4
    torch.testing.assert_close(mean_score_logits(logits).softmax(-1), logits.softmax(-1).mean(0))


@pytest.mark.usefixtures("streams")
def test_both_streams_answer_with_the_mean_of_their_scores(moving_clip: MakeClip) -> None:
    clip = moving_clip(SHORT)
    spatial, temporal = scores_of("two_stream_spatial", clip), scores_of("two_stream_temporal", clip)
    assert not np.allclose(spatial, temporal, atol=1e-3)
    assert find_card("two_stream").labels == ("class 0", "class 1", "class 2")
    both = build_predictor("two_stream", backend="torch", arithmetic="float32", threads=1)
    (result,) = both.predict([[stream.prepare(clip) for stream in both._streams]])  # type: ignore[attr-defined]
    assert isinstance(result, Classification)
    # Not closer: the last bits of DIS flow vary from call to call, and may tip the rounding to grey levels.
    np.testing.assert_allclose(result.scores, (spatial + temporal) / 2, atol=1e-3)


@pytest.mark.usefixtures("streams")
def test_the_spatial_stream_averages_its_network_over_frames(moving_clip: MakeClip) -> None:
    clip = moving_clip(SHORT)
    predictor = build_predictor("two_stream_spatial", backend="torch", arithmetic="float32", threads=1)
    (views,) = predictor.prepare(clip)
    frame = torch.from_numpy(clip.frames[10]).permute(2, 0, 1)[None].float()
    resized = F.interpolate(frame, SIZE, mode="bilinear", align_corners=False)[0] / 255
    mean, deviation = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    expected = (resized - mean[:, None, None]) / deviation[:, None, None]
    assert views.shape == (2, 3, *SIZE)
    np.testing.assert_allclose(views[1], expected.numpy(), atol=0.02)


def test_public_weights_are_imported_and_served(
    tmp_path: Path, models_directory: Path, filled: Callable[[Any], Any], moving_clip: MakeClip
) -> None:
    network = filled(build_network("two_stream_resnet18", num_classes=3, in_channels=20, width=0.125))
    weights = {name.replace("fc.", "fc_custom."): tensor for name, tensor in network.state_dict().items()}
    weights["conv1_custom.weight"] = weights.pop("conv1.weight")
    torch.save({"epoch": 1, "state_dict": weights}, tmp_path / "motion.pth.tar")
    card = import_checkpoint(tmp_path / "motion.pth.tar", name="two_stream_temporal", network="two_stream_resnet18")
    assert card.network_options["in_channels"] == 20
    assert card.clip_spec
    clip = moving_clip(card.clip_spec)
    assert scores_of("two_stream_temporal", clip).sum() == pytest.approx(1, abs=1e-5)
    predictor = build_predictor("two_stream_temporal", backend="torch", arithmetic="float32", threads=1)
    (stacks,) = predictor.prepare(clip)
    assert stacks.shape == (5, 20, 224, 224)
    with torch.inference_mode():
        expected = network(torch.from_numpy(stacks)).softmax(1).mean(0).numpy()
    np.testing.assert_allclose(scores_of("two_stream_temporal", clip), expected, atol=1e-3)


def test_a_stream_of_other_channels_cannot_be_served(store: Store) -> None:
    options = {"num_classes": 3, "width": 0.125, "in_channels": 5}
    store("two_stream_spatial", options, network="two_stream_resnet18", clip_spec=SHORT, input_size=SIZE)
    with pytest.raises(ValueError, match="must read 3 channels of a frame or 20 of flow, it reads 5"):
        build_predictor("two_stream_spatial", backend="torch")


def test_streams_without_weights_are_never_served(models_directory: Path) -> None:
    with pytest.raises(ValueError, match="no model is called 'two_stream_spatial'"):
        build_predictor("two_stream")
