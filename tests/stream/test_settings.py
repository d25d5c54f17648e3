import traceback
from pathlib import Path

import pytest

from models.registry import find_card
from stream.settings import load_settings


@pytest.fixture(autouse=True)
def _no_settings_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("REDIS_URL", "FRAMES_URL", "VIGIL_REDIS__URL", "VIGIL_STATE_DIRECTORY"):
        monkeypatch.delenv(name, raising=False)


def write(folder: Path, text: str) -> Path:
    path = folder / "vigil.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_environment_wins_over_the_file_and_the_file_over_the_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VIGIL_WORKER__THREADS", "3")
    settings = load_settings(write(tmp_path, "worker: {threads: 2, lease_seconds: 9}"))
    assert (settings.worker.threads, settings.worker.lease_seconds, settings.worker.max_deliveries) == (3, 9.0, 3)


def test_an_empty_file_gives_the_defaults(tmp_path: Path) -> None:
    assert load_settings(write(tmp_path, "")) == load_settings()


def test_a_source_is_watched_by_a_shipped_model_that_is_streamed(tmp_path: Path) -> None:
    (source,) = load_settings(write(tmp_path, "sources: [{id: bed, url: x.mp4}]")).sources
    cards = [find_card(name) for name in source.models]
    assert [card.mode for card in cards] == ["stream"]
    assert all(card.weights_sha256 for card in cards)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("worker: {}\nworkers: 1\nworkers: 2", r":3: the key 'workers' is given twice"),
        ("frames: 2026-99-99", r":1, column 9: is not YAML: no such number or date"),
        ("sources: 3", r":1: sources: must be a list"),
        ("workre: {}", "workre: unknown key"),
        ("worker: {thread: 2}", r"worker\.thread: unknown key"),
        ("worker: {threads: many}", r"worker\.threads: must be a whole number"),
        ("worker: 7", "worker: "),
        ("sources: [{id: 'a b', url: x.mp4}]", r"sources\.0\.id"),
        ("sources: [{id: a, url: x.mp4}, {id: a, url: y.mp4}]", "an id of its own"),
        ("- 1", "must hold keys and values"),
        ("a: [", "is not YAML"),
        ("!!python/object/apply:os.system ['true']", "is not YAML"),
    ],
)
def test_a_wrong_file_is_refused_with_its_name_and_the_key(tmp_path: Path, text: str, reason: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(ValueError, match=reason) as caught:
        load_settings(path)
    assert str(path) in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"absent\.yaml cannot be read"):
        load_settings(tmp_path / "absent.yaml")


def test_secrets_never_show(tmp_path: Path) -> None:
    path = write(tmp_path, "sources: [{id: cam, url: 'rtsp://viewer:hunter2@10.0.0.7/s', models: [m], privacy: foggy}]")
    with pytest.raises(ValueError, match="privacy") as caught:
        load_settings(path)
    assert "hunter2" not in str(caught.value)
    settings = load_settings(write(tmp_path, "sources: [{id: cam, url: 'rtsp://viewer:hunter2@10.0.0.7/s'}]"))
    assert "hunter2" not in repr(settings)


@pytest.mark.parametrize(
    "text",
    [
        "sources:\n  - id: cam\n    url: rtsp://u:hunter2@h/x: : [b",
        "sources:\n  - {id: cam, url: rtsp://u:hunter2@h/x",
        "redis: {url: !hunter2 x}",
        "redis: {url: !hunter2}",
        "redis: {url: *hunter2}",
        "redis: {url: hunter2\x07}",
        "redis: {url: [hunter2]}",
    ],
)
def test_no_mistake_in_a_file_shows_what_stands_in_it(tmp_path: Path, text: str) -> None:
    path = write(tmp_path, text)
    with pytest.raises(ValueError, match=r"vigil\.yaml") as caught:
        load_settings(path)
    assert "hunter2" not in "".join(traceback.format_exception(caught.value))


def test_a_misspelt_variable_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIGIL_WORKRES", "3")
    with pytest.raises(ValueError, match="VIGIL_WORKRES is no setting; is VIGIL_WORKERS meant"):
        load_settings()


def test_a_list_in_a_variable_that_is_no_json_is_refused_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIGIL_SOURCES", "cam1,cam2")
    with pytest.raises(ValueError, match=r'"sources".*must be JSON'):
        load_settings()
