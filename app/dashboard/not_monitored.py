"""The picture of a source that nobody watches."""

import time

import cv2
import numpy as np

from app.dashboard.theme import MUTED, PANEL, TEXT
from app.pictures.palette import rgb

PANEL_WIDTH, PANEL_HEIGHT = 480, 270


def not_monitored_jpeg(source_id: str, since: float) -> bytes:
    """Return a dark panel that says since when (UTC) nobody watches the source."""
    panel = np.full((PANEL_HEIGHT, PANEL_WIDTH, 3), rgb(PANEL)[::-1], np.uint8)
    clock = time.strftime("%H:%M:%S UTC", time.gmtime(since))
    for text, y, scale, colour in (
        (source_id[:40], 34, 0.55, MUTED),
        ("Not monitored", 136, 0.9, TEXT),
        (f"since {clock}", 172, 0.6, MUTED),
    ):
        width = cv2.getTextSize(text, cv2.FONT_HERSHEY_DUPLEX, scale, 1)[0][0]
        origin = ((PANEL_WIDTH - width) // 2, y)
        cv2.putText(panel, text, origin, cv2.FONT_HERSHEY_DUPLEX, scale, rgb(colour)[::-1], 1, cv2.LINE_AA)
    return cv2.imencode(".jpg", panel)[1].tobytes()
