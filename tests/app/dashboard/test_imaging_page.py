"""The imaging page in a real Chromium: files are dropped, read by a real worker, and looked at."""

import re
from pathlib import Path

import httpx
import nibabel
import numpy as np
import pytest
from playwright.sync_api import Page

from app.imaging.reading import ImagingReader, Order
from models.imaging.finished import finish
from models.registry import build_imaging_model, find_card
from stream.batch.output_folder import OutputFolder
from tests.app.dashboard.pages import keep_screenshot, open_page
from tests.app.running import Dashboard, Installation
from tests.small_imaging_models import BRIGHT, store_brightness_model

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SHAPE = (24, 40, 32)


@pytest.fixture(scope="module")
def models(installation: Installation) -> Path:
    store_brightness_model(installation.directory / "models", serving_options={"window": [16, 16, 16]})
    return installation.directory / "models"


@pytest.fixture(scope="module")
def dashboard(installation: Installation, models: Path) -> Dashboard:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VIGIL_MODELS_DIR", str(models))
        scan = write_scan(installation.directory / "chest.nii.gz")
        reader = ImagingReader(
            find_card("bright"),
            lambda: build_imaging_model("bright", device="cpu", threads=1),
            OutputFolder(installation.directory / "readings"),
            is_viewed=True,
        )
        assert finish(reader.read(Order(str(scan), "chest"))).state == "done"
    return installation.start_dashboard(VIGIL_MODELS_DIR=str(models))


def write_scan(path: Path) -> Path:
    """Write a NIfTI with a bright box in its upper right quarter, between slices 4 and 8."""
    voxels = np.random.default_rng(1).normal(20, 4, SHAPE[::-1]).astype(np.float32)
    voxels[20:28, 6:14, 4:9] = 2 * BRIGHT
    nibabel.save(nibabel.Nifti1Image(voxels, np.diag([-1.0, -1.0, 2.0, 1.0])), path)
    return path


def open_viewer(page: Page, dashboard: Dashboard) -> None:
    open_page(page, dashboard, "/imaging")
    page.locator("section.viewer[data-slice]").wait_for(timeout=60_000)


def coloured_pixels(page: Page, plane: str) -> int:
    """Return how many pixels of a plane have the colour of a label: they are not grey."""
    return int(
        page.locator(f'canvas[aria-label="{plane} slice"]').evaluate(
            """(canvas) => {
              const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
              let count = 0;
              for (let at = 0; at < pixels.length; at += 4)
                count += Math.abs(pixels[at] - pixels[at + 2]) > 60;
              return count;
            }"""
        )
    )


def test_three_planes_show_the_volume_and_a_row_of_the_table_jumps_to_its_object(
    page: Page, dashboard: Dashboard
) -> None:
    open_viewer(page, dashboard)
    section = page.locator("section.viewer")
    assert page.locator(".viewer-plane canvas").count() == 3
    assert section.get_attribute("data-slice") == "12,20,16"
    assert coloured_pixels(page, "axial") == 0
    page.get_by_role("cell", name="bright 1").click()
    page.locator('section.viewer[data-slice="6,10,24"]').wait_for(timeout=10_000)
    assert all(coloured_pixels(page, plane) > 200 for plane in ("axial", "coronal", "sagittal"))
    keep_screenshot(page, "imaging", settle_seconds=1.0)
    opacity = page.get_by_role("slider", name="Opacity of the overlay")
    opacity.fill("0")
    page.wait_for_function("() => true")
    assert coloured_pixels(page, "axial") == 0
    page.get_by_role("slider", name="axial slice number").fill("20")
    page.locator('section.viewer[data-slice="20,10,24"]').wait_for(timeout=10_000)


def test_results_can_be_downloaded_and_nothing_else(dashboard: Dashboard, installation: Installation) -> None:
    got = httpx.get(f"{dashboard.url}/api/results/chest_labels.nii.gz")
    assert got.content == (installation.directory / "readings/chest_labels.nii.gz").read_bytes()
    for path in ("%2e%2e%2fserver%2fserver.url", "..%2Fserver", ".vigil", "gone.png"):
        assert httpx.get(f"{dashboard.url}/api/results/{path}").status_code in (400, 404)
    assert httpx.get(f"{dashboard.url}/api/readings/chest/slice?plane=oblique&index=1").status_code == 422
    assert httpx.get(f"{dashboard.url}/api/readings/chest/slice?plane=axial&index=99").status_code == 404


def test_a_dropped_file_is_queued_read_by_the_worker_and_shown(
    page: Page, dashboard: Dashboard, installation: Installation, models: Path, tmp_path: Path
) -> None:
    open_viewer(page, dashboard)
    scan = write_scan(tmp_path / "dropped.nii.gz")
    page.locator('input[type="file"]').set_input_files(str(scan))
    page.get_by_text("dropped.nii.gz").first.wait_for(timeout=20_000)
    page.get_by_role("button", name=re.compile("Read$")).click()
    page.get_by_text("queued").first.wait_for(timeout=20_000)
    installation.start("-m", "app.cli", "worker", VIGIL_MODELS_DIR=str(models), VIGIL_WORKER__THREADS="1")
    page.get_by_text("1 found in").first.wait_for(timeout=120_000)
    keep_screenshot(page, "imaging_queue", settle_seconds=1.0)
    page.wait_for_timeout(2500)  # until the list of results has it too: the page asks once a second
    page.get_by_role("combobox", name="Result").click()
    keep_screenshot(page, "imaging_results", settle_seconds=1.0)
    page.get_by_role("option", name="dropped").click()
    page.get_by_role("link", name="dropped_labels.nii.gz").wait_for(timeout=20_000)
    page.get_by_role("cell", name="bright 1").click()
    assert not list((installation.directory / "uploads").glob("*/*"))
    elsewhere = tmp_path / "elsewhere"
    installation.start(
        "-m", "app.cli", "submit", str(scan), "--model", "bright", "--out", str(elsewhere), VIGIL_MODELS_DIR=str(models)
    )
    page.get_by_text("kept in the folder elsewhere").wait_for(timeout=60_000)
    assert (elsewhere / "dropped_labels.nii.gz").exists()
