import struct
import zlib
from contextlib import suppress
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image as Pillow

from stream.errors import SourceRefused
from stream.imaging.budget import Budget
from stream.imaging.opening import read_images
from stream.imaging.picture_files import read_indices

RNG = np.random.default_rng(0)
GREY = RNG.integers(0, 255, (12, 16)).astype(np.uint8)
DEEP = RNG.integers(0, 65535, (12, 16)).astype(np.uint16)
COLOURS = RNG.integers(0, 255, (12, 16, 3)).astype(np.uint8)


@pytest.mark.parametrize("pixels", [GREY, DEEP, COLOURS, np.stack([DEEP, DEEP // 2, DEEP // 3], -1)])
def test_a_png_keeps_its_values(tmp_path: Path, pixels: np.ndarray) -> None:
    cv2.imwrite(str(tmp_path / "a.png"), pixels[..., ::-1] if pixels.ndim == 3 else pixels)
    (picture,) = read_images(tmp_path / "a.png")
    assert picture.pixels.dtype == pixels.dtype
    assert np.array_equal(picture.pixels, np.atleast_3d(pixels))


def test_transparency_is_left_out_and_palettes_become_colours(tmp_path: Path) -> None:
    Pillow.fromarray(np.dstack([COLOURS, np.full((12, 16), 255, np.uint8)])).save(tmp_path / "alpha.png")
    assert np.array_equal(next(read_images(tmp_path / "alpha.png")).pixels, COLOURS)
    palette = Pillow.fromarray(GREY % 4, mode="P")
    palette.putpalette([255, 0, 0, 0, 255, 0, 0, 0, 255, 9, 9, 9])
    palette.save(tmp_path / "palette.png")
    assert next(read_images(tmp_path / "palette.png")).pixels[GREY % 4 == 1].tolist()[0] == [0, 255, 0]
    assert np.array_equal(read_indices(tmp_path / "palette.png", Budget()), GREY % 4)


def test_a_jpeg_is_upright_as_a_viewer_shows_it(tmp_path: Path) -> None:
    picture = Pillow.new("RGB", (40, 20))
    picture.paste((255, 255, 255), (0, 0, 20, 20))
    turned = Pillow.Exif()
    turned[0x0112] = 6  # turn clockwise to show
    picture.save(tmp_path / "a.jpg", exif=turned)
    shown = next(read_images(tmp_path / "a.jpg")).pixels
    assert shown.shape == (40, 20, 3)
    assert shown[:15].mean() > 240
    assert shown[25:].mean() < 15


def test_every_real_picture_of_nuclei_fits_its_labels(shared_data: Path) -> None:
    pictures = sorted((shared_data / "nuclei").glob("*_img.png"))
    assert len(pictures) == 36
    for path in pictures:
        (picture,) = read_images(path)
        labels = read_indices(path.with_name(path.name.replace("_img", "_labels")), Budget())
        assert picture.pixels.shape[:2] == labels.shape
        assert len(np.unique(labels)) > 1


def png_that_declares(path: Path, width: int, height: int) -> None:
    """Write a PNG that packs so many black pixels."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    packer = zlib.compressobj(9)
    rows = b"".join(packer.compress(bytes(width // 8 + 1)) for _ in range(height)) + packer.flush()
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b""))


@pytest.mark.parametrize("side", [9000, 20000])
def test_a_small_png_of_too_many_pixels_is_refused(tmp_path: Path, side: int) -> None:
    png_that_declares(tmp_path / "bomb.png", side, side)
    assert (tmp_path / "bomb.png").stat().st_size < 100_000
    with pytest.raises(SourceRefused, match=r"required a picture of (1 to|at most) 67108864 pixels"):
        list(read_images(tmp_path / "bomb.png"))


@pytest.mark.parametrize("name", ["a.png", "a.jpg"])
@pytest.mark.parametrize("share", [0.05, 0.5, 0.95])
def test_a_picture_that_was_cut_off_is_refused(tmp_path: Path, name: str, share: float) -> None:
    Pillow.fromarray(COLOURS.repeat(9, 0)).save(tmp_path / name)
    raw = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(raw[: int(len(raw) * share)])
    with pytest.raises(SourceRefused, match="required"):
        list(read_images(tmp_path / name))


def test_colours_are_no_labels(tmp_path: Path) -> None:
    Pillow.fromarray(COLOURS).save(tmp_path / "a.png")
    with pytest.raises(SourceRefused, match="required labels as grey or palette, found colours"):
        read_indices(tmp_path / "a.png", Budget())


def test_mutants_are_read_or_refused_and_nothing_else(tmp_path: Path) -> None:
    num_read = 0
    for name in ("a.png", "a.jpg"):
        Pillow.fromarray(COLOURS).save(tmp_path / name)
        raw = (tmp_path / name).read_bytes()
        for _ in range(150):
            mutant = bytearray(raw)
            for at in RNG.integers(0, len(raw), RNG.integers(1, 4)):
                mutant[at] = RNG.integers(256)
            (tmp_path / name).write_bytes(mutant)
            with suppress(SourceRefused):
                num_read += len(list(read_images(tmp_path / name)))
    assert num_read < 300
