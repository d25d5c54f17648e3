"""What `vigil simulate` writes: a video with its truth beside it, `<stem>.json`."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from models.datasets.labelled_video import VIDEO_SUFFIXES, LabelledSpan, LabelledVideo, part_named
from models.datasets.problems import Problems
from models.datasets.spans import complain_of_span, in_order

_NUMBERS = ("ef_percent", "edv_ml", "esv_ml")
_GROUPS = ("scene", "look", "camera", "seed")


def read_simulated(videos: Path, annotations: Path | None = None) -> list[LabelledVideo]:
    """Return the simulated videos of a folder and the folders in it.

    Events become spans; `ef_percent` and volumes become numbers; a folder called train, validation or test names the
    part; scene, look, camera and seed become groups.

    Args:
        videos: the folder; its videos and truths may lie in folders of their own.
        annotations: folder of the truths; None: beside the videos.

    Raises:
        ValueError: a truth cannot be read or has no video, or an event is impossible; one line each.
    """
    truths = sorted((annotations or videos).rglob("*.json"))
    problems = Problems()
    found = [_read_truth(truth, videos, annotations or videos, problems) for truth in truths]
    problems.raise_if_any()
    if not truths:
        raise ValueError(
            f"{annotations or videos}: truths (<stem>.json) beside simulated videos are required, found none"
        )
    return [video for video in found if video]


def _read_truth(truth: Path, videos: Path, root: Path, problems: Problems) -> LabelledVideo | None:
    try:
        record = json.loads(truth.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        problems.add(truth, f"must be the JSON that the simulator writes: {error}")
        return None
    if not isinstance(record, dict):
        problems.add(truth, f"must be a JSON object, got {type(record).__name__}")
        return None
    folder = videos / truth.parent.relative_to(root)
    path = next((p for suffix in sorted(VIDEO_SUFFIXES) if (p := folder / f"{truth.stem}{suffix}").is_file()), None)
    if path is None:
        problems.add(truth, f"the video {truth.stem}.mp4 is missing in {folder}")
        return None
    spans = list(_spans(truth, record, problems))
    return LabelledVideo(
        name=path.relative_to(videos).as_posix(),
        path=path,
        origin=str(truth),
        part=next((part for name in path.relative_to(videos).parts if (part := part_named(name))), None),
        spans=in_order(spans, problems) if "events" in record or "phases" in record else None,
        numbers={name: float(record[name]) for name in _NUMBERS if isinstance(record.get(name), int | float)},
        groups={name: str(record[name]) for name in _GROUPS if name in record},
    )


def _spans(truth: Path, record: Mapping[str, Any], problems: Problems) -> Iterator[LabelledSpan]:
    key = "events" if "events" in record else "phases"  # operations have both, and they say the same
    for index, item in enumerate(record.get(key) or ()):
        origin = f"{truth}: {key}[{index}]"
        try:
            span = LabelledSpan(str(item["label"]), float(item["start_seconds"]), float(item["end_seconds"]), origin)
        except (KeyError, TypeError, ValueError):
            problems.add(origin, "must have label, start_seconds and end_seconds")
            continue
        if not complain_of_span(span, problems):
            yield span
