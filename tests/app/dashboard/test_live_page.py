"""The pages in a real Chromium: pictures move, ages are true, dead sources say so, alerts are acknowledged."""

import threading
import time
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, Page

from app.dashboard.listening import listen
from tests.app.dashboard.pages import keep_screenshot, open_page
from tests.app.running import Dashboard, Feeder, Installation

pytestmark = [pytest.mark.browser, pytest.mark.slow]

FED = ("bed-1", "bed-2", "echo-1", "ward-3")
XSS = '<img src=x onerror="document.title=1337"><script>document.title=1337</script>'

TILES = """() => {
  const found = [];
  const search = (root) => root.querySelectorAll("*").forEach((element) => {
    if (element.matches("figure.tile")) found.push(element);
    if (element.shadowRoot) search(element.shadowRoot);
  });
  search(document);
  return Object.fromEntries(found.map((tile) => {
    const canvas = tile.querySelector("canvas");
    const pixels = canvas.getContext("2d").getImageData(0, 60, canvas.width, canvas.height - 140).data;
    let hash = 0;
    let numPanel = 0;
    for (let index = 0; index < pixels.length; index += 4) {
      hash = (Math.imul(hash, 31) + pixels[index]) | 0;
      numPanel += pixels[index] === 0x13 && pixels[index + 1] === 0x1a && pixels[index + 2] === 0x20;
    }
    const said = { ...tile.dataset, hash, panelShare: (4 * numPanel) / pixels.length };
    return [tile.dataset.sourceId, { ...said, spoken: tile.getAttribute("aria-label") }];
  }));
}"""
"""Every tile: what it says, a hash of the picture between its upper and lower writing, and how much of it is panel."""


@pytest.fixture(scope="module")
def feeder(installation: Installation) -> Feeder:
    return installation.start_feeder()


@pytest.fixture(scope="module")
def dashboard(installation: Installation, feeder: Feeder) -> Dashboard:
    installation.start_watcher()
    return installation.start_dashboard()


def tiles(page: Page) -> dict[str, Any]:
    return dict(page.evaluate(TILES))


def wait_on_page(page: Page, condition: Any, what: str, seconds: float = 25.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            pytest.fail(f"waited {seconds:.0f} s in vain: {what}; tiles: {tiles(page)}")
        page.wait_for_timeout(100)


def open_wall(page: Page, dashboard: Dashboard) -> None:
    open_page(page, dashboard)

    def all_show() -> bool:
        shown = tiles(page)
        fed = [shown.get(source_id, {}) for source_id in FED]
        return all(tile.get("label") for tile in fed if tile.get("sourceState", "live") == "live")

    wait_on_page(page, all_show, "four tiles with labels")


def test_every_tile_moves_and_its_age_is_true(page: Page, dashboard: Dashboard) -> None:
    open_wall(page, dashboard)
    before = tiles(page)
    page.wait_for_timeout(1500)
    after = tiles(page)
    keep_screenshot(page, "live")
    assert set(after) == set(FED)
    for source_id, tile in after.items():
        assert tile["state"] == "live"
        assert tile["hash"] != before[source_id]["hash"], f"{source_id} stands still"
        assert 0 <= float(tile["ageSeconds"]) < 2
    assert after["bed-1"]["label"] == "out_of_bed"
    assert "out of bed" in after["bed-1"]["spoken"]
    assert "pixelated" in after["bed-1"]["spoken"]
    assert "clear" in after["echo-1"]["spoken"]


def test_age_is_true_on_a_computer_whose_clock_is_wrong(browser: Browser, dashboard: Dashboard) -> None:
    context = browser.new_context()
    context.add_init_script("const real = Date.now; Date.now = () => real() - 7200 * 1000;")
    page = context.new_page()
    open_wall(page, dashboard)
    assert all(0 <= float(tile["ageSeconds"]) < 2 for tile in tiles(page).values())
    context.close()


def test_clock_learns_the_offset_and_unlearns_it_after_a_step(page: Page, dashboard: Dashboard) -> None:
    open_page(page, dashboard)
    ages = page.evaluate(
        """async () => {
          const { ServerClock } = await import("/wall/clock.js");
          let local = 5000;
          const clock = new ServerClock(() => local);
          const said = [];
          for (const delay of [0.4, 0.05, 0.9]) { clock.learn(local - 1000 - delay); local += 1; }
          said.push(clock.now() - (local - 1000));
          local += 3600;
          clock.learn(local - 4600);
          said.push(clock.now() - (local - 4600));
          return said;
        }"""
    )
    assert ages == pytest.approx([-0.05, 0.0], abs=1e-6), "the fastest message tells the offset; a step resets it"


def test_wall_takes_the_fewest_columns_that_show_every_tile(page: Page, dashboard: Dashboard) -> None:
    open_page(page, dashboard)
    walls = {(1, 1000, 600): 1, (4, 1000, 600): 2, (8, 1600, 800): 4, (8, 400, 800): 1, (3, 2000, 400): 3, (0, 9, 9): 1}
    for arguments, columns in walls.items():
        script = "(sizes) => import('/wall/wall.js').then((wall) => wall.columnsFor(...sizes))"
        assert page.evaluate(script, list(arguments)) == columns, arguments


def test_source_that_goes_silent_is_not_monitored_while_the_others_go_on(
    page: Page, dashboard: Dashboard, installation: Installation
) -> None:
    extra = installation.start_feeder("extra-1=none")
    open_page(page, dashboard)
    wait_on_page(page, lambda: tiles(page).get("extra-1", {}).get("state") == "live", "the extra source is live")
    extra.process.kill()
    began = time.monotonic()
    wait_on_page(page, lambda: tiles(page)["extra-1"]["state"] == "not monitored", "the tile says so", seconds=6)
    assert time.monotonic() - began <= 6
    page.wait_for_timeout(1200)
    before = tiles(page)
    keep_screenshot(page, "not-monitored")
    assert "Not monitored, since " in before["extra-1"]["spoken"]
    assert before["extra-1"]["panelShare"] > 0.75, "no picture is left on the canvas"

    def shows_another_picture() -> bool:
        now = tiles(page)
        assert now["extra-1"]["state"] == "not monitored"
        return now["bed-1"]["state"] == "live" and now["bed-1"]["hash"] != before["bed-1"]["hash"]

    wait_on_page(page, shows_another_picture, "another source goes on")


def test_source_that_says_it_stalled_is_not_monitored_at_once(page: Page, dashboard: Dashboard, feeder: Feeder) -> None:
    open_wall(page, dashboard)
    feeder.tell("stall ward-3")
    wait_on_page(page, lambda: tiles(page)["ward-3"]["state"] == "not monitored", "the tile says so", seconds=3)
    page.wait_for_timeout(1200)
    assert "the camera fell silent" in tiles(page)["ward-3"]["spoken"]


def test_text_from_elsewhere_never_runs(page: Page, dashboard: Dashboard, feeder: Feeder) -> None:
    feeder.tell(f"label echo-1 {XSS}")
    for path in ("/", "/timeline", "/alerts", "/health"):
        open_page(page, dashboard, path)
        page.wait_for_timeout(2500)
        keep_screenshot(page, f"xss{path.replace('/', '-')}")
        assert page.title() != "1337"
    open_page(page, dashboard)
    wait_on_page(page, lambda: tiles(page).get("echo-1", {}).get("label") == XSS, "the label is shown as text")
    assert page.title() != "1337"
    feeder.tell("label echo-1 none")


def test_alert_appears_and_is_acknowledged_on_the_page(page: Page, dashboard: Dashboard) -> None:
    open_wall(page, dashboard)
    card = page.locator('[class*="st-key-alert_"]', has_text="bed-1").filter(has_text="gets out of bed").first
    card.wait_for(timeout=15_000)
    card.get_by_role("button", name="Acknowledge").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Your name").fill("Ines")
    dialog.get_by_label("Note (optional)").fill("helped back to bed")
    keep_screenshot(page, "acknowledge")
    dialog.get_by_role("button", name="Acknowledge").click()
    card.get_by_text("acknowledged by Ines").wait_for(timeout=10_000)
    alerts = httpx.get(f"{dashboard.url}/api/alerts", params={"state": "acknowledged"}).json()["items"]
    assert [(alert["source_id"], alert["acknowledged_by"]) for alert in alerts] == [("bed-1", "Ines")]
    wait_on_page(page, lambda: tiles(page)["bed-1"]["severity"] == "", "the tile is calm again", seconds=5)


@pytest.mark.parametrize(
    ("path", "heading", "words"),
    [
        ("/timeline", "Timeline", "out of bed"),
        ("/alerts", "Alerts", "gets"),
        ("/health", "Health", "closed"),
        ("/about", "Vigil", "not a primary medical alarm"),
    ],
)
def test_other_pages_show_what_they_promise(
    page: Page, dashboard: Dashboard, path: str, heading: str, words: str
) -> None:
    open_page(page, dashboard, path)
    page.get_by_role("heading", name=heading, exact=True).wait_for(timeout=15_000)
    page.get_by_text(words).first.wait_for(timeout=15_000, state="attached")
    page.wait_for_timeout(1500)
    keep_screenshot(page, path.strip("/"))


def test_page_comes_back_after_the_dashboard_was_killed_and_the_wall_tells_the_truth(
    browser: Browser, installation: Installation, dashboard: Dashboard
) -> None:
    with listen("127.0.0.1", 0) as listener:
        port = str(listener.getsockname()[1])
    first = installation.start_dashboard(VIGIL_DASHBOARD__PORT=port)
    page = browser.new_page()
    open_wall(page, first)
    first.process.kill()
    wait_on_page(
        page,
        lambda: all(tile["state"] == "not monitored" for tile in tiles(page).values()),
        "a dead socket leaves no tile that looks alive",
        seconds=6,
    )
    installation.start_dashboard(VIGIL_DASHBOARD__PORT=port)
    wait_on_page(page, lambda: tiles(page).get("bed-1", {}).get("state") == "live", "the wall is live again")
    page.close()


def test_server_stops_in_time_with_a_browser_and_an_event_stream_connected(
    browser: Browser, installation: Installation, feeder: Feeder
) -> None:
    running = installation.start_dashboard()
    page = browser.new_page()
    open_wall(page, running)
    began = threading.Event()

    def follow() -> None:
        with httpx.stream("GET", f"{running.url}/api/alerts/stream", timeout=30) as answer:
            for _ in answer.iter_lines():
                began.set()

    threading.Thread(target=follow, daemon=True).start()
    assert began.wait(10)
    exit_code, seconds = running.stop()
    assert (exit_code, seconds < 4) == (0, True), f"exit code {exit_code} after {seconds:.1f} s"
    page.close()
