import pytest

from stream.sources.ffmpeg_version import ffmpeg_version, is_safe_version


@pytest.mark.parametrize(
    ("version", "is_safe"),
    [("8.1.2", True), ("8.1.1", False), ("8.2", True), ("n9.0.1", True), ("7.1.4", False), ("git-2026", False)],
)
def test_versions_before_the_floor_are_told_apart(version: str, is_safe: bool) -> None:
    assert is_safe_version(version) is is_safe


def test_the_version_that_is_installed_is_safe() -> None:
    assert is_safe_version(ffmpeg_version())
