import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.torch
import torch

from models.store.checkpoint import read_checkpoint

TENSORS = {"layer.weight": torch.arange(6.0).reshape(2, 3), "layer.bias": torch.ones(2)}


class RunsCode:
    """Whoever unpickles this touches a file."""

    def __init__(self, marker: Path) -> None:
        self.marker = marker

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[str]]:
        return os.system, (f"touch {self.marker}",)


def written(path: Path, content: Any) -> Path:
    if path.suffix == ".safetensors":
        safetensors.torch.save_file(content, path)
    elif path.suffix == ".npz":
        np.savez(path, **{name: tensor.numpy() for name, tensor in content.items()})
    else:
        torch.save(content, path)
    return path


def assert_equal(found: dict[str, torch.Tensor]) -> None:
    assert found.keys() == TENSORS.keys()
    assert all(torch.equal(found[name], TENSORS[name]) for name in TENSORS)


def refusal_of(path: Path) -> str | None:
    try:
        read_checkpoint(path)
    except ValueError as error:
        return str(error)
    return None


@pytest.mark.parametrize("name", ["a.pt", "a.pth", "a.ckpt", "a.safetensors", "a.npz"])
def test_every_kind_of_file_gives_its_tensors(name: str, tmp_path: Path) -> None:
    assert_equal(read_checkpoint(written(tmp_path / name, TENSORS)))


def test_files_of_old_pytorch_are_read(tmp_path: Path) -> None:
    torch.save(TENSORS, tmp_path / "old.pt", _use_new_zipfile_serialization=False)
    assert_equal(read_checkpoint(tmp_path / "old.pt"))


@pytest.mark.parametrize(
    "content",
    [
        {"state_dict": TENSORS, "epoch": 3},
        {"model_state_dict": TENSORS},
        {f"module.{name}": tensor for name, tensor in TENSORS.items()},
        {"state_dict": {f"module.{name}": tensor for name, tensor in TENSORS.items()}, "best_loss": 0.5},
    ],
    ids=["state_dict", "model_state_dict", "module", "both"],
)
def test_wrappings_come_off(content: dict[str, Any], tmp_path: Path) -> None:
    assert_equal(read_checkpoint(written(tmp_path / "a.pt", content)))


@pytest.mark.parametrize("is_new_format", [True, False])
def test_code_in_a_checkpoint_is_never_run(is_new_format: bool, tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    torch.save({"layer": RunsCode(marker)}, tmp_path / "evil.pt", _use_new_zipfile_serialization=is_new_format)
    with pytest.raises(ValueError, match=r"evil\.pt is refused: .* tensors only, it asks for posix\.system; no code"):
        read_checkpoint(tmp_path / "evil.pt")
    assert not marker.exists()


def test_no_environment_variable_makes_code_in_a_checkpoint_run(tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    torch.save({"layer": RunsCode(marker)}, tmp_path / "evil.pt")
    script = "import pathlib, sys; from models.store.checkpoint import *; read_checkpoint(pathlib.Path(sys.argv[1]))"
    ended = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "evil.pt")],
        env={**os.environ, "TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 1
    assert "a checkpoint must hold tensors only, it asks for posix.system" in ended.stderr
    assert not marker.exists()


def test_code_in_a_numpy_archive_is_never_run(tmp_path: Path) -> None:
    np.savez(tmp_path / "evil.npz", layer=np.array([RunsCode(tmp_path / "ran")], dtype=object))
    with pytest.raises(ValueError, match=r"evil\.npz is refused: .*Object arrays cannot be loaded"):
        read_checkpoint(tmp_path / "evil.npz")
    assert not (tmp_path / "ran").exists()


def test_other_objects_than_tensors_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"must hold tensors only, it asks for .*PosixPath|pathlib"):
        read_checkpoint(written(tmp_path / "a.pt", {"layer": Path("x")}))


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (torch.zeros(3), "got a Tensor"),
        ({}, "got nothing"),
        ({"layer": torch.zeros(3), "note": "hello"}, "other things under note"),
        ({"layer": torch.zeros(3).to_sparse()}, "other things under layer"),
        ({"layer": torch.zeros(3, device="meta")}, "other things under layer"),
        ({"layer": torch.zeros(3, dtype=torch.complex64)}, "other things under layer"),
    ],
)
def test_content_that_is_no_state_dict_is_refused(content: Any, found: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=rf"a\.pt is refused: a checkpoint must map names to tensors.*{found}"):
        read_checkpoint(written(tmp_path / "a.pt", content))


@pytest.mark.parametrize("name", ["a.pt", "a.safetensors", "a.npz"])
@pytest.mark.parametrize("damage", ["empty", "text", "cut"])
def test_damaged_files_are_refused_by_name(name: str, damage: str, tmp_path: Path) -> None:
    path = written(tmp_path / name, TENSORS)
    whole = path.read_bytes()
    path.write_bytes({"empty": b"", "text": b"#EXTM3U\nclip.mp4\n", "cut": whole[: len(whole) // 2]}[damage])
    with pytest.raises(ValueError, match=rf"{name} is refused: "):
        read_checkpoint(path)


@pytest.mark.parametrize("name", ["a.pt", "a.safetensors", "a.npz"])
def test_flipped_bytes_are_refused_or_read_never_worse(name: str, tmp_path: Path) -> None:
    path = written(tmp_path / name, TENSORS)
    whole = path.read_bytes()
    random = np.random.default_rng(11)
    for _ in range(40):
        damaged = bytearray(whole)
        for position in random.integers(0, len(whole), 4):
            damaged[position] ^= 1 << random.integers(0, 8)
        path.write_bytes(damaged)
        refusal = refusal_of(path)
        assert refusal is None or refusal.startswith(f"{path} is refused: ")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"nowhere\.pt must be a checkpoint file; there is no such file"):
        read_checkpoint(tmp_path / "nowhere.pt")


def test_an_unknown_kind_of_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "program.pt2").write_bytes(b"PK")
    with pytest.raises(ValueError, match=r"program\.pt2 must be a checkpoint that ends in .safetensors, .npz, .pt"):
        read_checkpoint(tmp_path / "program.pt2")


def test_torchscript_is_refused(tmp_path: Path) -> None:
    torch.jit.save(torch.jit.script(torch.nn.Linear(2, 2)), tmp_path / "script.pt")
    with pytest.raises(ValueError, match=r"script\.pt is refused"):
        read_checkpoint(tmp_path / "script.pt")


def test_a_small_file_cannot_claim_a_huge_tensor(tmp_path: Path) -> None:
    path = written(tmp_path / "a.pt", {"layer": torch.zeros(1).expand(1_048_576, 4096)})
    assert path.stat().st_size < 4096
    with pytest.raises(ValueError, match=r"a\.pt is refused: its content fills 17,179,869,184 bytes, at most"):
        read_checkpoint(path)


def test_a_small_archive_cannot_unpack_to_a_huge_one(tmp_path: Path) -> None:
    np.savez_compressed(tmp_path / "bomb.npz", layer=np.zeros(4_000_000))
    assert (tmp_path / "bomb.npz").stat().st_size < 100_000
    with pytest.raises(
        ValueError, match=r"bomb\.npz is refused: its content fills 32,000,\d+ bytes, at most 1,000,000 are read"
    ):
        read_checkpoint(tmp_path / "bomb.npz", budget_bytes=1_000_000)
