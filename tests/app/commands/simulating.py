"""Runs `vigil simulate`, at the smallest scale that each scene has."""

from typer.testing import CliRunner

from app.commands.simulate import app

SMALL = {
    "bedside": ["--duration-seconds", "30", "--width", "96", "--height", "72", "--fps", "5"],
    "echo": ["--duration-seconds", "1", "--fps", "20", "--width", "160", "--height", "120"],
    "home": ["--duration-seconds", "20", "--width", "96", "--height", "72", "--fps", "5"],
    "surgery": ["--hours", "0.08", "--width", "64", "--height", "64"],
}


def simulate(scene: str, *arguments: str) -> tuple[int, str]:
    """Return the exit code and all that was said, in one line."""
    result = CliRunner().invoke(app, [scene, *arguments])
    return result.exit_code, " ".join(result.output.split())
