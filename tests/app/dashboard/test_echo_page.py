"""The echo page in a real Chromium: the recording moves, the numbers and the reasons are there."""

import json
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page

from app.echo.film_strip import write_film_strip
from app.echo.scene_files import write_echo_scene
from models.echo.reading import BeatReading, EchoReading, Refusal
from models.simulation.echo.scene import EchoScene
from tests.app.dashboard.pages import open_page
from tests.app.running import Dashboard, Installation

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SIZE = (320, 240)
XSS = "<img src=x onerror=\"document.title='1337'\">"


@pytest.fixture(scope="module")
def dashboard(installation: Installation, tmp_path_factory: pytest.TempPathFactory) -> Dashboard:
    folder = installation.directory / "echo"
    folder.mkdir()
    place = tmp_path_factory.mktemp("loops")
    write_reading(folder, place, "refused", Refusal("fewer_than_two_beats", f"at least 2 beats are required {XSS}"))
    write_reading(folder, place, "read", None)
    return installation.start_dashboard()


def write_reading(folder: Path, place: Path, name: str, refusal: Refusal | None) -> None:
    """Write a reading as `vigil echo` does, from the truth of a simulated recording."""
    scene = EchoScene(3, size=SIZE, duration_seconds=2.0, frame_rate_hz=20)
    write_echo_scene(scene, place / f"{name}.dcm")
    times = np.arange(scene.num_frames) / 20
    reading = EchoReading(
        source_id=f"{name}.dcm",
        model="echo_ef",
        weights_sha256="",
        refusal=refusal,
        frame_rate_hz=20.0,
        view="apical_four_chamber",
        view_score=0.97,
        beats=tuple(
            BeatReading(beat.start_seconds, beat.end_systole_seconds, beat.ef_percent, beat.ef_percent - 2)
            for beat in scene.truth.beats
        ),
        pts_seconds=times,
        areas=np.array([scene.mask(index).sum() for index in range(scene.num_frames)], float),
        contours=tuple(scene.truth.contours),
    )
    record = {**reading.to_json(), "width": SIZE[0], "height": SIZE[1]}
    (folder / f"{name}_echo.json").write_text(json.dumps(record))
    write_film_strip(folder / f"{name}_strip.jpg", str(place / f"{name}.dcm"), reading)


def open_echo(page: Page, dashboard: Dashboard) -> None:
    open_page(page, dashboard, "/echo")
    page.locator("section.echo[data-frame]").wait_for(timeout=60_000)


def green_pixels(page: Page) -> int:
    """Return how many pixels of the film have the contour's colour."""
    return int(
        page.evaluate(
            """() => {
              const search = (root) => root.querySelector("canvas.echo-film")
                ?? [...root.querySelectorAll("*")].map((e) => e.shadowRoot && search(e.shadowRoot)).find(Boolean);
              const film = search(document);
              const pixels = film.getContext("2d").getImageData(0, 0, film.width, film.height).data;
              let count = 0;
              for (let at = 0; at < pixels.length; at += 4) count += pixels[at + 1] > pixels[at] + 60;
              return count;
            }"""
        )
    )


def test_recording_plays_with_its_contour_and_numbers(page: Page, dashboard: Dashboard) -> None:
    open_echo(page, dashboard)
    film = page.locator("section.echo")
    first = film.get_attribute("data-frame")
    page.wait_for_timeout(400)
    assert film.get_attribute("data-frame") != first
    page.get_by_text("Ejection fraction").first.wait_for(timeout=20_000)
    assert green_pixels(page) > 300
    page.get_by_role("button", name="Pause").click()
    page.get_by_role("checkbox", name="contour").uncheck()
    page.wait_for_timeout(300)
    assert green_pixels(page) == 0
    stopped = film.get_attribute("data-frame")
    page.wait_for_timeout(300)
    assert film.get_attribute("data-frame") == stopped


def test_a_refused_recording_says_why_and_still_plays(page: Page, dashboard: Dashboard) -> None:
    open_echo(page, dashboard)
    page.get_by_role("combobox", name="Recording").click()
    page.get_by_role("option", name="refused").click()
    page.get_by_text("at least 2 beats are required").wait_for(timeout=20_000)
    page.locator("section.echo[data-frame]").wait_for(timeout=20_000)
    assert page.title() != "1337"
    assert page.get_by_text("Ejection fraction").count() == 0
