"""Parts of a benchmark as processes of their own, all under the same limits."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from app.bench.comparison import BenchFailed


class Stage:
    """Runs one part of a benchmark after another, all under the same limits.

    Args:
        folder: Holds the models of the benchmark in its folder `models`.
        threads: Threads of every part.
        cores: Cores that every part may use.
    """

    def __init__(self, folder: Path, threads: int, cores: list[int]) -> None:
        self._threads, self._cores = threads, cores
        libraries = ("OMP", "MKL", "OPENBLAS", "NUMEXPR")
        self._environment = {
            **os.environ,
            **{f"{library}_NUM_THREADS": str(threads) for library in libraries},
            "OPENCV_FFMPEG_CAPTURE_OPTIONS": f"threads;{threads}",
            "VIGIL_MODELS_DIR": str(folder / "models"),
        }

    def run(self, module: str, *arguments: object) -> dict[str, Any]:
        """Run a module to its end; return the JSON object that it printed, if any.

        Raises:
            BenchFailed: it failed.
        """
        argv = [module, *map(str, arguments), "--threads", str(self._threads)]
        pinned = f"import os, runpy, sys; os.sched_setaffinity(0, {self._cores}); sys.argv = {argv!r}; "
        command = [sys.executable, "-P", "-c", pinned + f"runpy.run_module({module!r}, run_name='__main__')"]
        done = subprocess.run(command, env=self._environment, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            reason = done.stderr.strip().splitlines()[-1:] or [f"exit code {done.returncode}"]
            raise BenchFailed(f"{module} failed: {reason[0]}")
        printed = done.stdout.strip().splitlines()
        return dict(json.loads(printed[-1])) if printed else {}
