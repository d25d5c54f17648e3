"""The picture of a source that nobody watches."""

import cv2
import numpy as np

from app.dashboard.not_monitored import not_monitored_jpeg


def test_panel_is_a_dark_picture_with_words() -> None:
    panel = cv2.imdecode(np.frombuffer(not_monitored_jpeg("bed-1", 1_800_000_000.0), np.uint8), cv2.IMREAD_GRAYSCALE)
    assert np.median(panel) < 40
    assert panel.max() > 150
