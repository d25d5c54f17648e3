"""What becomes of the processes that make files when the run that wants these is killed."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil

RUN = """
import sys
from pathlib import Path
from app.training.scene_rendering import render_scenes
from models.training.config import SceneConfig, ScenePart

parts = {name: ScenePart(first=first, count=4, duration_seconds=600) for name, first in PARTS.items()}
config = SceneConfig(sizes=((320, 240),), **parts)
render_scenes({"bedside": config}, Path(sys.argv[1]), frame_rate_hz=5, num_processes=2, on_progress=print)
""".replace("PARTS", repr({"train": 1, "validation": 11, "test": 21}))
PATIENCE_SECONDS = 60.0


def wait_until(condition: object) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < until
        time.sleep(0.1)


def test_a_killed_run_leaves_nobody_who_goes_on_rendering(tmp_path: Path) -> None:
    run = subprocess.Popen([sys.executable, "-c", RUN, str(tmp_path)], cwd=Path(__file__).parents[3])
    try:
        wait_until(lambda: len(list(tmp_path.glob(".*.part.mp4"))) == 2)  # both are at it
        renderers = psutil.Process(run.pid).children()
        assert len(renderers) == 2
    finally:
        os.kill(run.pid, signal.SIGKILL)
        run.wait()
    _, alive = psutil.wait_procs(renderers, timeout=PATIENCE_SECONDS)
    assert not alive
    assert not list(tmp_path.glob("[!.]*.mp4"))
