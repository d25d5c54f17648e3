"""Operations as files: rendered once, read back at one frame a second with the labels of those seconds."""

import json
from pathlib import Path

import numpy as np
import pytest

from app.scene_files import write_scene
from app.training.surgery_reading import cholec80_operations, read_frames, read_labels
from app.training.surgery_rendering import render_operations, videos_of
from models.simulation.surgery.operation import SurgeryScene
from models.surgical_phases import PHASES, TOOLS
from models.training.surgery.config import OperationPart, OperationsConfig, SurgicalPhaseConfig

CONFIG = Path("configs/train/surgical_phase.yaml")


def part(first: int) -> OperationPart:
    return OperationPart(first=first, count=1, hours=(0.07, 0.07))


def test_operations_are_rendered_once_and_read_back_second_by_second(tmp_path: Path) -> None:
    operations = OperationsConfig(sizes=((64, 64),), frames=part(1), train=part(2), test=part(3))
    told: list[tuple[int, int]] = []
    render_operations(operations, tmp_path, num_processes=2, on_progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (3, 3)
    [video] = videos_of(operations.frames, tmp_path)
    written_at = video.stat().st_mtime_ns
    render_operations(operations, tmp_path, num_processes=2, on_progress=lambda done, total: None)
    assert video.stat().st_mtime_ns == written_at
    labels, frames = read_labels(video), list(read_frames(video, size=48))
    truth = SurgeryScene(1, duration_seconds=252, height=64, width=64).truth
    assert len(frames) == labels.num_seconds == 252
    assert {frame.shape for frame in frames} == {(48, 48, 3)}
    assert [PHASES[index] for index in labels.phases] == [truth.phase_at(second) for second in range(252)]
    wanted = [[tool in truth.tools_at(second) for tool in TOOLS] for second in range(252)]
    np.testing.assert_array_equal(labels.tools, np.array(wanted, np.float32))


def test_a_seed_in_two_parts_is_refused_by_name(tmp_path: Path) -> None:
    text = CONFIG.read_text().replace("first: 9000", "first: 1040")
    (tmp_path / "bad.yaml").write_text(text)
    with pytest.raises(ValueError, match=r"bad\.yaml:7: operations: .*must not share a seed"):
        SurgicalPhaseConfig.load(tmp_path / "bad.yaml")


def test_truth_that_is_no_json_is_named(tmp_path: Path) -> None:
    (tmp_path / "op.json").write_text("{")
    with pytest.raises(json.JSONDecodeError, match="Expecting property name"):
        read_labels(tmp_path / "op.mp4")


def test_recorded_operations_are_read_in_the_layout_of_cholec80(tmp_path: Path) -> None:
    scene = SurgeryScene(7, duration_seconds=240, height=64, width=64)
    for folder in ("videos", "phase_annotations", "tool_annotations"):
        (tmp_path / folder).mkdir()
    write_scene(scene, tmp_path / "videos" / "video41.mp4")
    lines = [f"{25 * second}\t{scene.truth.phase_at(second)}" for second in range(240)]
    tools = scene.truth.tool_text().splitlines()
    seen = [f"{25 * int(line.split()[0])}\t" + line.split("\t", 1)[1] for line in tools[1:]]
    (tmp_path / "phase_annotations" / "video41-phase.txt").write_text("\n".join(["Frame\tPhase", *lines]))
    (tmp_path / "tool_annotations" / "video41-tool.txt").write_text("\n".join([tools[0], *seen]))
    [operation] = cholec80_operations(tmp_path, "test", size=32)
    wanted = read_labels(tmp_path / "videos" / "video41.mp4")
    np.testing.assert_array_equal(operation.labels.phases[:239], wanted.phases[:239])
    np.testing.assert_array_equal(operation.labels.tools[:239], wanted.tools[:239])
    assert next(operation.frames()).shape == (32, 32, 3)
    with pytest.raises(ValueError, match="at least one operation of the part train is required, found none"):
        cholec80_operations(tmp_path, "train", size=32)
