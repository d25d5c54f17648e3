"""Tests of app/bench/jobs.py; the whole of it runs for minutes and is run by hand."""

from pathlib import Path

from typer.testing import CliRunner

from app.bench.jobs import CT_SHAPE, write_ct
from app.commands.bench import app
from stream.imaging.opening import open_volume


def test_the_ct_opens_as_a_volume_and_takes_no_disk(tmp_path: Path) -> None:
    volume = open_volume(write_ct(tmp_path))
    assert volume.shape == (1, *CT_SHAPE)
    assert not volume.read_slab(350, 351).any()
    assert 512 * (tmp_path / "ct.raw").stat().st_blocks < 2**20


def test_turns_too_short_to_measure_anything_are_wrong_use() -> None:
    done = CliRunner().invoke(app, ["jobs", "--seconds", "1"])
    assert done.exit_code == 2
    assert "--seconds" in done.stderr
