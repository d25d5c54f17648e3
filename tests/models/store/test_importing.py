from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from models.networks.i3d import I3D
from models.registry import build_network, build_predictor, find_card
from models.results import Classification
from models.samples import Clip
from models.store.importing import import_checkpoint
from models.store.labels import kinetics400_labels
from models.store.stored_models import file_sha256


@pytest.fixture
def checkpoint(tmp_path: Path, filled: Callable[[I3D], I3D]) -> Path:
    path = tmp_path / "narrow.pt"
    torch.save({"state_dict": filled(I3D(num_classes=5, width=0.125)).state_dict()}, path)
    return path


def test_an_imported_checkpoint_is_a_model(checkpoint: Path, models_directory: Path) -> None:
    card = import_checkpoint(checkpoint, name="ward", network="i3d_rgb", labels=tuple("abcde"), licence="CC0-1.0")
    assert find_card("ward") == card
    assert card.network_options == {"num_classes": 5, "width": 0.125}
    assert card.labels == tuple("abcde")
    assert card.licence == "CC0-1.0"
    assert card.weights_sha256 == file_sha256(models_directory / "ward.safetensors")
    assert file_sha256(checkpoint) in card.training


def test_400_classes_are_those_of_kinetics(
    tmp_path: Path, models_directory: Path, filled: Callable[[I3D], I3D]
) -> None:
    torch.save(filled(I3D(width=0.125)).state_dict(), tmp_path / "a.pt")
    assert import_checkpoint(tmp_path / "a.pt", name="i3d_rgb").labels == kinetics400_labels()


def test_classes_without_names_are_numbered(checkpoint: Path, models_directory: Path) -> None:
    card = import_checkpoint(checkpoint, name="i3d_rgb")
    assert card.labels == ("class 0", "class 1", "class 2", "class 3", "class 4")


def test_a_cnn_lstm_can_be_imported(tmp_path: Path, models_directory: Path) -> None:
    from models.networks.cnn_lstm import CnnLstm

    torch.save(CnnLstm(num_classes=3, hidden_size=16).state_dict(), tmp_path / "a.pt")
    card = import_checkpoint(tmp_path / "a.pt", name="cnn_lstm")
    assert card.network_options == {"num_classes": 3, "hidden_size": 16}


@pytest.mark.parametrize("name", ["r2plus1d_18", "r3d_18"])
def test_a_video_resnet_is_imported_and_served_with_what_it_was_trained_on(
    name: str, tmp_path: Path, models_directory: Path, filled: Callable[[Any], Any], moving_clip: Callable[..., Clip]
) -> None:
    network = filled(build_network(name, num_classes=3, width=0.125))
    torch.save(
        {"state_dict": {f"module.{key}": tensor for key, tensor in network.state_dict().items()}}, tmp_path / "a.pt"
    )
    card = import_checkpoint(tmp_path / "a.pt", name="ward", network=name, labels=("a", "b", "c"))
    assert card.network_options == {"num_classes": 3, "width": pytest.approx(0.125, abs=0.01)}
    assert card.pixels == "kinetics"
    assert card.clip_spec

    predictor = build_predictor("ward", backend="torch", arithmetic="float32", threads=1)
    (result,) = predictor.predict([predictor.prepare(moving_clip(card.clip_spec))])

    assert isinstance(result, Classification)
    (inputs,) = predictor.prepare(moving_clip(card.clip_spec))
    assert inputs.shape == (3, 16, 112, 112)
    with torch.inference_mode():
        expected = network(torch.from_numpy(inputs)[None]).softmax(1)[0].tolist()
    assert result.scores == pytest.approx(expected, abs=1e-4)


def test_a_network_that_reads_a_number_is_no_classifier(
    tmp_path: Path, models_directory: Path, filled: Callable[[Any], Any]
) -> None:
    torch.save(filled(build_network("r2plus1d_18", num_classes=1, width=0.125)).state_dict(), tmp_path / "a.pt")
    with pytest.raises(ValueError, match=r"must have at least 2 outputs, this one has 1; .* as EchoNet's was"):
        import_checkpoint(tmp_path / "a.pt", name="r2plus1d_18")
    assert not models_directory.exists()


@pytest.mark.parametrize(
    ("name", "network", "labels", "complaint"),
    [
        (
            "i3d_flow",
            None,
            None,
            r"narrow\.pt cannot become i3d_flow: .*must be \(8, 2, 7, 7, 7\), is \(8, 3, 7, 7, 7\)",
        ),
        ("cnn_lstm", None, None, r"narrow\.pt cannot become cnn_lstm: the weights of a cnn_lstm have lstm"),
        ("i3d_rgb", None, tuple("abc"), "has 5 classes and needs as many labels, got 3"),
        ("r3d_18", None, None, r"narrow\.pt cannot become r3d_18: the weights of a video ResNet have stem\.0\.weight"),
        (
            "ward",
            None,
            None,
            "networks cnn_lstm, .*i3d_flow, i3d_rgb, .*r3d_18, .*got 'ward'; say which one with --network",
        ),
        ("../ward", "i3d_rgb", None, r"name must be letters, digits, .* got '\.\./ward'"),
    ],
)
def test_what_does_not_fit_is_refused_and_nothing_written(
    name: str,
    network: str | None,
    labels: tuple[str, ...] | None,
    complaint: str,
    checkpoint: Path,
    models_directory: Path,
) -> None:
    with pytest.raises(ValueError, match=complaint):
        import_checkpoint(checkpoint, name=name, network=network, labels=labels)
    assert not models_directory.exists()


def test_nan_weights_are_refused_and_nothing_written(checkpoint: Path, models_directory: Path) -> None:
    content = torch.load(checkpoint, weights_only=True)
    content["state_dict"]["logits.conv3d.bias"][2] = torch.nan
    torch.save(content, checkpoint)
    with pytest.raises(ValueError, match=r"NaN or infinity in 1 tensor: logits\.conv3d\.bias"):
        import_checkpoint(checkpoint, name="i3d_rgb")
    assert not models_directory.exists()


def test_a_network_without_weights_is_never_served(models_directory: Path) -> None:
    for name in ("i3d_rgb", "i3d_flow", "i3d_two_stream", "cnn_lstm", "r3d_18"):
        with pytest.raises(ValueError, match=r"has no weights on this machine; .*vigil models import CHECKPOINT --as"):
            build_predictor(name)
