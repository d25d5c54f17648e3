import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openvino
import pytest
import torch
from torch import nn

from models.networks.i3d import I3D
from models.runtime import graph_cache
from models.runtime.graph_cache import fingerprint
from models.runtime.options import RuntimeOptions
from models.runtime.preparing import prepare_for_inference, prepare_for_streaming

OPENVINO = RuntimeOptions(backend="openvino", arithmetic="float32", threads=1)
EXAMPLE = torch.zeros(1, 3, 16, 16)


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VIGIL_CACHE_DIR", str(tmp_path / "cache"))
    return tmp_path / "cache" / "graphs"


@pytest.fixture
def network(filled: Callable[[nn.Module], Any]) -> nn.Sequential:
    return filled(nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4)))  # type: ignore[no-any-return]


def assert_right(network: nn.Module) -> None:
    x = torch.rand(1, 3, 16, 16)
    with torch.inference_mode():
        expected = network(x)
    torch.testing.assert_close(prepare_for_inference(network, EXAMPLE, OPENVINO)(x), expected, rtol=1e-4, atol=1e-5)


def test_a_converted_network_is_read_back(cache: Path, network: nn.Module) -> None:
    assert_right(network)
    (kept,) = cache.iterdir()
    made_at = (kept / "graph.xml").stat().st_mtime_ns
    assert_right(network)
    assert [path.name for path in cache.iterdir()] == [kept.name]
    assert (kept / "graph.xml").stat().st_mtime_ns == made_at


def test_a_shape_that_is_expected_is_not_converted_when_it_comes(
    cache: Path, network: nn.Module, monkeypatch: pytest.MonkeyPatch
) -> None:
    wider = torch.rand(1, 3, 16, 20)
    ready = prepare_for_inference(network, EXAMPLE, OPENVINO, expected=[wider])
    assert sorted(path.name.rsplit("-", 1)[-1] for path in cache.iterdir()) == ["16", "20"]
    monkeypatch.setattr(openvino, "convert_model", None)
    with torch.inference_mode():
        torch.testing.assert_close(ready(wider), network(wider), rtol=1e-4, atol=1e-5)
    with pytest.raises(TypeError, match="not callable"):
        ready(torch.rand(1, 3, 16, 24))


@pytest.mark.slow
def test_steps_of_a_stream_that_are_expected_are_not_converted_when_they_come(
    cache: Path, filled: Callable[[nn.Module], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    network = filled(I3D(num_classes=3, width=0.125, is_causal=True))
    wider = torch.rand(1, 3, 8, 32, 48)
    ready = prepare_for_streaming(network, torch.zeros(1, 3, 8, 32, 32), OPENVINO, expected=[wider])
    assert len(list(cache.iterdir())) == 4
    monkeypatch.setattr(openvino, "convert_model", None)
    ready(wider, (), torch.tensor([[0, 8]]))
    ready(wider, (), None)


def test_other_weights_are_another_network(cache: Path, network: nn.Sequential) -> None:
    before = fingerprint(network)
    assert_right(network)
    with torch.no_grad():
        network[0].bias[0] += 1
    assert fingerprint(network) != before
    assert_right(network)
    assert len(list(cache.iterdir())) == 2


def test_other_layers_are_another_network(network: nn.Sequential) -> None:
    before = fingerprint(network)
    network[0].stride = (2, 2)
    assert fingerprint(network) != before


def test_another_source_of_what_a_layer_is_derived_from_is_another_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    base = tmp_path / "doubling_base.py"
    base.write_text("from torch import nn\n\nclass Base(nn.Module):\n    factor = 2\n", encoding="utf-8")
    derived = "from doubling_base import Base\n\nclass Doubling(Base):\n    pass\n"
    (tmp_path / "doubling.py").write_text(derived, encoding="utf-8")
    network: nn.Module = importlib.import_module("doubling").Doubling()
    before = fingerprint(network)
    base.write_text(base.read_text(encoding="utf-8").replace("2", "3 - 1"), encoding="utf-8")
    assert fingerprint(network) != before


def test_a_damaged_graph_is_made_anew(cache: Path, network: nn.Module) -> None:
    assert_right(network)
    (kept,) = cache.iterdir()
    (kept / "graph.xml").write_text("<net", encoding="utf-8")
    assert_right(network)
    assert (kept / "graph.xml").stat().st_size > 100


def test_without_a_place_to_keep_them_networks_run_all_the_same(cache: Path, network: nn.Module) -> None:
    cache.parent.write_text("a file where a directory should be", encoding="utf-8")
    assert_right(network)


def test_the_graph_longest_unused_makes_room(cache: Path, network: nn.Module, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graph_cache, "MAX_GRAPHS", 2)
    ready = prepare_for_inference(network, EXAMPLE, OPENVINO)
    for width in (17, 18, 19):
        ready(torch.zeros(1, 3, 16, width))
    assert sorted(path.name.rsplit("-")[-1] for path in cache.iterdir()) == ["18", "19"]
