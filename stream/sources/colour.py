"""From YUV to RGB: which of the standard matrices a picture means, and in which range its samples lie."""

from functools import cache

import numpy as np
from av.video.frame import VideoFrame

_BT709, _UNSPECIFIED, _FCC, _SMPTE240M, _BT2020_NCL, _BT2020_CL = 1, 2, 4, 7, 9, 10
_LUMA_WEIGHTS = {
    _BT709: (0.2126, 0.0722),
    _FCC: (0.30, 0.11),
    _SMPTE240M: (0.212, 0.087),
    _BT2020_NCL: (0.2627, 0.0593),
    _BT2020_CL: (0.2627, 0.0593),
}
"""Share of red and of blue in luma, by FFmpeg's number of the colour space. Source: ITU-T H.273, table 4."""
_BT601_WEIGHTS = (0.299, 0.114)
_FULL_RANGE = 2
_LIMITED_RANGE = 1
_HD_HEIGHT, _HD_WIDTH = 720, 1280


def rgb_matrix(picture: VideoFrame) -> np.ndarray:
    """Return the (3, 4) float32 matrix that takes (Y, U, V, 1) of 0..255 to RGB of 0..255.

    A picture that names no colour space gets that of its size: BT.709 from 720p on, BT.601 below; a JPEG is
    always BT.601 in full range.
    """
    name = picture.format.name
    is_jpeg = name.startswith("yuvj")
    is_full = is_jpeg or picture.color_range == _FULL_RANGE
    if name.startswith("gray"):
        is_full = picture.color_range != _LIMITED_RANGE
    space = picture.colorspace
    if space == _UNSPECIFIED and not is_jpeg and (picture.height >= _HD_HEIGHT or picture.width >= _HD_WIDTH):
        space = _BT709
    return _matrix(*_LUMA_WEIGHTS.get(space, _BT601_WEIGHTS), is_full)


@cache
def _matrix(red: float, blue: float, is_full_range: bool) -> np.ndarray:
    green = 1 - red - blue
    luma_scale, chroma_scale, black = (1.0, 1.0, 0.0) if is_full_range else (255 / 219, 255 / 224, 16.0)
    from_yuv = np.array(
        [
            [1, 0, 2 * (1 - red)],
            [1, -2 * blue * (1 - blue) / green, -2 * red * (1 - red) / green],
            [1, 2 * (1 - blue), 0],
        ]
    ) * np.array([luma_scale, chroma_scale, chroma_scale])
    offset = -from_yuv @ np.array([black, 128.0, 128.0])
    return np.column_stack([from_yuv, offset]).astype(np.float32)
