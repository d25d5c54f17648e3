"""Curves of a run as pictures."""

from pathlib import Path

import cv2
import pytest

from app.training.curve_pictures import HEIGHT, WIDTH, draw_curves


def test_a_panel_a_column_for_every_pair_of_curves(tmp_path: Path) -> None:
    (tmp_path / "loss.csv").write_text("step,loss,accuracy\n0,1.5,0.2\n1,nan,0.4\n2,0.5,0.6\n")
    (tmp_path / "loss_validation.csv").write_text("step,loss,accuracy\n2,0.75,0.5\n")
    (tmp_path / "other.csv").write_text("step,loss\n0,1\n")
    assert draw_curves(tmp_path) == [tmp_path / "loss.png"]
    assert cv2.imread(str(tmp_path / "loss.png")).shape == (2 * HEIGHT, WIDTH, 3)


@pytest.mark.parametrize("rows", ["", "0,1,1\n", "0,1,1\n1,1,1\n"])
def test_curves_without_height_or_length_are_drawn_too(tmp_path: Path, rows: str) -> None:
    (tmp_path / "loss.csv").write_text("step,loss,accuracy\n" + rows)
    (tmp_path / "loss_validation.csv").write_text("step,loss,accuracy\n")
    assert len(draw_curves(tmp_path)) == (1 if rows else 0)
