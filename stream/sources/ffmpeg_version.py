"""Which FFmpeg decodes here, and whether it has the known holes closed."""

import re

import av

FLOOR = (8, 1, 2)
"""First release without CVE-2026-8461 (write out of bounds in a decoder) and CVE-2026-107698 (RTSP redirect)."""


def ffmpeg_version() -> str:
    """Return the version of the FFmpeg that PyAV brings, such as 8.1.2."""
    return str(av.ffmpeg_version_info)


def is_safe_version(version: str) -> bool:
    """Answer whether a version is the floor or newer; one that is not a release number is not known to be."""
    numbers = re.match(r"n?(\d+)\.(\d+)(?:\.(\d+))?", version)
    return numbers is not None and tuple(int(number or 0) for number in numbers.groups()) >= FLOOR
