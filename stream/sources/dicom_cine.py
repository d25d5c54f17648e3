"""A DICOM cine: the frames of an ultrasound, angiography or other multi-frame object, one at a time."""

import logging
from collections.abc import Generator
from pathlib import Path

import numpy as np
from pydicom.data import get_testdata_file
from pydicom.pixels.utils import iter_pixels

from stream.errors import SourceRefused
from stream.sources.dicom_codestream import readable_frames
from stream.sources.dicom_header import quiet_pydicom, read_header
from stream.sources.dicom_tones import ToneMap
from stream.sources.frame import DecodedFrame, RgbPicture
from stream.sources.reader import MediaInfo, PeekedReader, sane_rate
from stream.sources.video_file import require_regular_file

logger = logging.getLogger(__name__)

_MAX_ERRORS_IN_A_ROW = 20


def example_echocardiogram() -> Path:
    """Return the path of a real apical four-chamber echocardiogram that comes with pydicom."""
    return Path(str(get_testdata_file("examples_ybr_color.dcm", download=False)))


class DicomCineReader(PeekedReader):
    """Frames of one cine, in RGB; only one of them is in memory at a time.

    Of the file's text nothing is read but what decoding needs: no name of a patient can reach a message.
    """

    _frames: Generator[DecodedFrame]

    def __init__(self, path: Path, *, max_pixels: int) -> None:
        """Check the header, and every frame's size against it, before the first pixel is decoded.

        Raises:
            SourceRefused: the file is no cine, its coding is not read, its frames are larger than allowed or other
                than the header says, or none of them can be decoded.
        """
        super().__init__()
        require_regular_file(path)
        self._path = path
        self._header = read_header(path, max_pixels=max_pixels)
        self._readable = readable_frames(path, self._header)
        self._tones = ToneMap.of(self._header.dataset)
        self.num_decoded = 0
        self.num_damaged = self._header.num_frames - len(self._readable)
        self._frames = self._decode()
        self._first = next(self._frames, None)
        if self._first is None:
            raise SourceRefused(f"{path}: required at least one frame that can be decoded, found none")
        self.media = self._describe()

    def close(self) -> None:
        self._frames.close()

    def _describe(self) -> MediaInfo:
        times = self._header.times
        rate_hz = sane_rate(1 / times.frame_seconds) if times.is_declared else None
        return MediaInfo(
            kind="dicom",
            container="dicom",
            codec=self._header.codec,
            width=self._header.width,
            height=self._header.height,
            declared_rate_hz=rate_hz,
            duration_seconds=times.pts_seconds(self._header.num_frames - 1) + times.frame_seconds,
            num_frames=self._header.num_frames,
        )

    def _decode(self) -> Generator[DecodedFrame, None, None]:
        """Decode frame after frame; a broken one is counted and passed over."""
        num_errors_in_a_row = 0
        for index in self._readable:
            try:
                rgb = self._tones.to_rgb(self._pixels(index))
            except Exception as error:  # what pydicom and its codecs raise on broken data has no common class
                logger.warning("cine has a broken frame: index=%d reason=%s", index, type(error).__name__)
                self.num_damaged += 1
                num_errors_in_a_row += 1
                if num_errors_in_a_row == _MAX_ERRORS_IN_A_ROW:
                    return
                continue
            num_errors_in_a_row = 0
            self.num_decoded += 1
            pts_seconds = self._header.times.pts_seconds(index)
            yield DecodedFrame(pts_seconds, 0.0, rgb.shape[1], rgb.shape[0], RgbPicture(rgb))

    def _pixels(self, index: int) -> np.ndarray:
        """Decode one frame.

        Each in a call of its own: pydicom 3.0 reads uncompressed YBR_FULL_422 wrongly from the second frame of a call
        on, and cannot go on behind a broken frame.
        """
        with quiet_pydicom():
            return next(iter_pixels(self._path, indices=[index]))
