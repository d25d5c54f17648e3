"""Exports of an analysed operation: every second in exactly one span, and every format tells the same."""

import csv
from pathlib import Path
from xml.etree import ElementTree as Xml

import numpy as np
import pytest

from app.surgery.elan import ElanDocument, elan_document
from app.surgery.phase_files import Cholec80Text, PhaseTable
from app.surgery.phase_track import phase_spans, spoken
from app.surgery.products import phase_products
from app.surgery.ribbon import PhaseRibbon
from models.predictor import ModelCard
from models.surgical_phases import PHASES, PhaseSpan
from stream.analysis import AnalysedVideo
from stream.batch.series import Series
from stream.sources.reader import MediaInfo

SAID = [0] * 5 + [1] * 20 + [2] * 4 + [1] * 6 + [6] * 5


def video(rate_hz: float | None = 5.0, location: str = "/films/op 1.mp4") -> AnalysedVideo:
    values = np.full((len(SAID), len(PHASES)), 0.05, np.float32)
    values[np.arange(len(SAID)), SAID] = 0.7
    starts = np.arange(len(SAID), dtype=float)
    series = Series("surgical_phase", "classification", PHASES, "", starts, starts + 1, values)
    media = MediaInfo("file", "mp4", "h264", 64, 64, rate_hz, float(len(SAID)), None)
    return AnalysedVideo(location, "op 1.mp4", media, float(len(SAID)), (series,), ())


def test_spans_cover_every_second_once() -> None:
    spans = phase_spans(video(), "surgical_phase")
    assert [(span.phase, span.duration_seconds) for span in spans] == [
        (PHASES[0], 5.0),
        (PHASES[1], 20.0),
        (PHASES[2], 4.0),
        (PHASES[1], 6.0),
        (PHASES[6], 5.0),
    ]
    assert spans[-1].end_seconds == len(SAID)


def test_table_and_text_tell_the_same(tmp_path: Path) -> None:
    PhaseTable("surgical_phase").make(tmp_path / "a.csv", video())
    Cholec80Text("surgical_phase").make(tmp_path / "a.txt", video())
    with (tmp_path / "a.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    head, *lines = (tmp_path / "a.txt").read_text().splitlines()
    assert head == "Frame\tPhase"
    assert [int(line.split("\t")[0]) for line in lines] == list(range(5 * len(SAID)))
    for row in rows:
        frames = range(round(float(row["start_seconds"]) * 5), round(float(row["end_seconds"]) * 5))
        assert {lines[frame].split("\t")[1] for frame in frames} == {row["phase"]}


def test_text_of_a_video_without_a_rate_has_that_of_cholec80(tmp_path: Path) -> None:
    Cholec80Text("surgical_phase").make(tmp_path / "a.txt", video(rate_hz=None))
    assert len((tmp_path / "a.txt").read_text().splitlines()) == 1 + 25 * len(SAID)


def test_elan_document_holds_every_span_in_milliseconds(tmp_path: Path) -> None:
    ElanDocument("surgical_phase").make(tmp_path / "a.eaf", video())
    root = Xml.parse(tmp_path / "a.eaf").getroot()
    order = ["HEADER", "TIME_ORDER", "TIER", "LINGUISTIC_TYPE", "LANGUAGE", "CONTROLLED_VOCABULARY"]
    assert [part.tag for part in root] == order
    times = {slot.get("TIME_SLOT_ID"): int(slot.get("TIME_VALUE", "")) for slot in root.iter("TIME_SLOT")}
    found = [
        PhaseSpan(
            annotation.findtext("ANNOTATION_VALUE") or "",
            times[annotation.get("TIME_SLOT_REF1")] / 1000,
            times[annotation.get("TIME_SLOT_REF2")] / 1000,
        )
        for annotation in root.iter("ALIGNABLE_ANNOTATION")
    ]
    assert tuple(found) == phase_spans(video(), "surgical_phase")
    media = root.find("HEADER/MEDIA_DESCRIPTOR")
    assert media is not None
    assert media.get("MEDIA_URL") == "file:///films/op%201.mp4"
    assert [entry.text for entry in root.iter("CVE_VALUE")] == list(PHASES)


def test_elan_document_names_no_url_that_may_hold_a_password() -> None:
    root = elan_document((), "rtsp://nurse:secret@theatre-1/live", author="vigil").getroot()
    assert root is not None
    assert b"secret" not in Xml.tostring(root)


def test_ribbon_shows_every_phase_in_its_colour(tmp_path: Path) -> None:
    PhaseRibbon("surgical_phase").make(tmp_path / "a.png", video())
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")


def test_only_models_that_say_phases_make_these_files() -> None:
    cards = [ModelCard(name, network, (), "", "", "") for name, network in (("a", "i3d_rgb"), ("b", "surgical_phase"))]
    assert phase_products(cards[:1]) == []
    assert [product.suffix for product in phase_products(cards)] == ["_phases.csv", "-phase.txt", ".eaf", "_phases.png"]


def test_a_model_that_was_not_run_is_named() -> None:
    with pytest.raises(ValueError, match=r"other must have been run on op 1\.mp4"):
        phase_spans(video(), "other")


def test_phases_are_spoken_in_words() -> None:
    assert spoken("CalotTriangleDissection") == "calot triangle dissection"
