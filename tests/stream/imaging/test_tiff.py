from pathlib import Path

import cv2
import numpy as np
import pytest
import tifffile
from PIL import Image as Pillow

from stream.errors import SourceRefused
from stream.imaging.opening import open_volume, read_images

STACK = np.random.default_rng(0).integers(0, 65535, (5, 12, 16)).astype(np.uint16)
COLOURS = np.random.default_rng(1).integers(0, 255, (12, 16, 3)).astype(np.uint8)


def test_each_page_is_a_picture_of_sixteen_bits(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "scan.tif", STACK, photometric="minisblack")
    pages = list(read_images(tmp_path / "scan.tif"))
    assert [page.source_id for page in pages] == [f"{tmp_path / 'scan.tif'}[{index}]" for index in range(5)]
    assert np.array_equal(np.stack([page.pixels[..., 0] for page in pages]), STACK)
    assert pages[0].pixels.dtype == np.uint16


@pytest.mark.parametrize("coding", [1, 5, 8, 32773])  # none, LZW, deflate, packbits
def test_every_lossless_coding_gives_the_same_colours(tmp_path: Path, coding: int) -> None:
    cv2.imwrite(str(tmp_path / "a.tif"), COLOURS[..., ::-1], [cv2.IMWRITE_TIFF_COMPRESSION, coding])
    (picture,) = read_images(tmp_path / "a.tif")
    assert np.array_equal(picture.pixels, COLOURS)


def test_white_that_is_zero_is_turned_round(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "a.tif", STACK[0], photometric="miniswhite")
    (picture,) = read_images(tmp_path / "a.tif")
    assert np.array_equal(picture.pixels[..., 0], 65535 - STACK[0])
    for coding in ("raw", "tiff_lzw"):
        Pillow.fromarray(COLOURS[..., 0]).save(tmp_path / "b.tif", compression=coding, tiffinfo={262: 0})
        (picture,) = read_images(tmp_path / "b.tif")
        assert np.array_equal(picture.pixels[..., 0], COLOURS[..., 0])


@pytest.mark.parametrize("pixels", [STACK[0], COLOURS, np.stack([STACK[0]] * 3, -1), STACK[0].astype(np.float32)])
def test_lzw_keeps_every_type(tmp_path: Path, pixels: np.ndarray) -> None:
    stored = pixels[..., ::-1] if pixels.ndim == 3 else pixels
    cv2.imwrite(str(tmp_path / "a.tif"), stored, [cv2.IMWRITE_TIFF_COMPRESSION, 5])
    (picture,) = read_images(tmp_path / "a.tif")
    assert picture.pixels.dtype == pixels.dtype
    assert np.array_equal(picture.pixels, np.atleast_3d(pixels))


def test_lzw_with_broken_codes_is_refused(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "a.tif"), COLOURS.repeat(20, 0), [cv2.IMWRITE_TIFF_COMPRESSION, 5])
    raw = bytearray((tmp_path / "a.tif").read_bytes())
    raw[len(raw) // 2 : len(raw) // 2 + 40] = b"\xff" * 40
    (tmp_path / "a.tif").write_bytes(raw)
    with pytest.raises(SourceRefused, match="required a whole TIFF page"):
        list(read_images(tmp_path / "a.tif"))


def test_the_real_microscope_picture_keeps_its_sixteen_bits(shared_data: Path) -> None:
    (picture,) = read_images(shared_data / "nuclei/img2d.tif")
    (labels,) = read_images(shared_data / "nuclei/mask2d.tif")
    assert picture.pixels.dtype == np.uint16
    assert picture.pixels.shape == labels.pixels.shape == (512, 512, 1)
    inside = labels.pixels > 0
    assert picture.pixels[inside].mean() > 1.5 * picture.pixels[~inside].mean()


@pytest.mark.parametrize("unit", ["um", "micron", "\\u00B5m"])
def test_a_stack_of_imagej_has_its_spacing(tmp_path: Path, unit: str) -> None:
    tifffile.imwrite(
        tmp_path / "a.tif",
        STACK,
        imagej=True,
        resolution=(4, 2),
        metadata={"spacing": 0.75, "unit": unit, "axes": "ZYX"},
    )
    stored = open_volume(tmp_path / "a.tif")
    np.testing.assert_allclose(stored.spacing_mm, (0.75e-3, 0.5e-3, 0.25e-3))
    assert np.array_equal(np.concatenate([stored.read_slab(0, 2), stored.read_slab(2, 5)], axis=1)[0], STACK)


@pytest.mark.parametrize("axes", ["CZYX", "ZCYX"])
def test_channels_of_ome_are_told_from_slices(tmp_path: Path, axes: str) -> None:
    channels = np.stack([STACK, STACK // 2])
    sizes = {f"PhysicalSize{axis}": size for axis, size in zip("ZYX", (0.3, 0.2, 0.1), strict=True)}
    stored = channels if axes == "CZYX" else channels.swapaxes(0, 1)
    tifffile.imwrite(tmp_path / "a.ome.tif", stored, metadata={"axes": axes, **sizes})
    volume = open_volume(tmp_path / "a.ome.tif").load()
    assert np.array_equal(volume.voxels, channels.astype(np.float32))
    np.testing.assert_allclose(volume.spacing_mm, (3e-4, 2e-4, 1e-4))


def test_a_stack_without_spacing_needs_to_be_told(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "a.tif", STACK, photometric="minisblack")
    with pytest.raises(SourceRefused, match="required the spacing of voxels"):
        open_volume(tmp_path / "a.tif")
    assert open_volume(tmp_path / "a.tif", spacing_mm=(3, 2, 1)).spacing_mm == (3, 2, 1)


def test_one_page_is_no_volume(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "a.tif", STACK[0])
    with pytest.raises(SourceRefused, match="at least 2 slices"):
        open_volume(tmp_path / "a.tif", spacing_mm=(1, 1, 1))


def test_a_film_is_no_volume(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "a.tif", STACK, imagej=True, metadata={"axes": "TYX"})
    with pytest.raises(SourceRefused, match="found the axes TYX; split it"):
        open_volume(tmp_path / "a.tif", spacing_mm=(1, 1, 1))


def test_colour_slices_are_no_volume(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "a.tif", np.stack([COLOURS] * 3), photometric="rgb")
    with pytest.raises(SourceRefused, match="required grey slices in channels, found the axes"):
        open_volume(tmp_path / "a.tif", spacing_mm=(1, 1, 1))


@pytest.mark.parametrize("coding", [1, 5, 8])
def test_a_page_that_was_cut_off_is_refused(tmp_path: Path, coding: int) -> None:
    cv2.imwrite(str(tmp_path / "a.tif"), COLOURS.repeat(20, 0), [cv2.IMWRITE_TIFF_COMPRESSION, coding])
    raw = (tmp_path / "a.tif").read_bytes()
    (tmp_path / "a.tif").write_bytes(raw[: len(raw) // 2])
    with pytest.raises(SourceRefused, match="required"):
        list(read_images(tmp_path / "a.tif"))


def test_a_page_that_declares_400_megapixels_is_refused(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "a.tif", STACK[0])
    with tifffile.TiffFile(tmp_path / "a.tif", mode="r+b") as file:
        file.pages[0].tags["ImageWidth"].overwrite(20000)
        file.pages[0].tags["ImageLength"].overwrite(20000)
    with pytest.raises(SourceRefused, match="required a picture of 1 to 67108864 pixels, found 20000x20000"):
        list(read_images(tmp_path / "a.tif"))
