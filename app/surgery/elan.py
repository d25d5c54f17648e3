"""Phases of an analysed operation as an ELAN document, which opens with the video beside them.

Source of the format: ELAN Annotation Format 3.0, https://www.mpi.nl/tools/elan/EAF_Annotation_Format_3.0_and_ELAN.pdf.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree as Xml

from app.surgery.phase_track import phase_spans
from models.surgical_phases import PHASES, PhaseSpan
from stream.analysis import AnalysedVideo
from stream.batch.inputs import is_url

TIER, TYPE, VOCABULARY = "Phase", "phase", "phases"
_SCHEMA = "http://www.mpi.nl/tools/elan/EAFv3.0.xsd"
_MIME_TYPES = {".mp4": "video/mp4", ".mov": "video/quicktime", ".mkv": "video/x-matroska", ".avi": "video/x-msvideo"}


class ElanDocument:
    """Writes `<input>.eaf`: one tier with an annotation for each phase."""

    suffix = ".eaf"

    def __init__(self, model: str) -> None:
        self._model = model

    def make(self, path: Path, video: AnalysedVideo) -> None:
        document = elan_document(phase_spans(video, self._model), video.location, author=f"vigil {self._model}")
        document.write(path, encoding="UTF-8", xml_declaration=True)


def elan_document(spans: Sequence[PhaseSpan], location: str, *, author: str) -> "Xml.ElementTree[Xml.Element]":
    """Return spans as an ELAN document; its parts stand in the order that the format's schema asks for.

    Args:
        location: path of the video. A URL is left out: it may hold a password.
        author: whom ELAN names.
    """
    root = Xml.Element(
        "ANNOTATION_DOCUMENT",
        {
            "AUTHOR": author,
            "DATE": datetime.now(UTC).isoformat(timespec="seconds"),
            "FORMAT": "3.0",
            "VERSION": "3.0",
            "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance",
            "xsi:noNamespaceSchemaLocation": _SCHEMA,
        },
    )
    _add_header(root, location)
    _add_annotations(root, spans)
    features = {"CONTROLLED_VOCABULARY_REF": VOCABULARY, "GRAPHIC_REFERENCES": "false", "TIME_ALIGNABLE": "true"}
    Xml.SubElement(root, "LINGUISTIC_TYPE", {"LINGUISTIC_TYPE_ID": TYPE, **features})
    Xml.SubElement(root, "LANGUAGE", {"LANG_ID": "eng", "LANG_LABEL": "English (eng)"})
    vocabulary = Xml.SubElement(root, "CONTROLLED_VOCABULARY", {"CV_ID": VOCABULARY})
    Xml.SubElement(vocabulary, "DESCRIPTION", {"LANG_REF": "eng"})
    for index, phase in enumerate(PHASES):
        entry = Xml.SubElement(vocabulary, "CV_ENTRY_ML", {"CVE_ID": f"cve{index}"})
        Xml.SubElement(entry, "CVE_VALUE", {"DESCRIPTION": "", "LANG_REF": "eng"}).text = phase
    Xml.indent(root)
    return Xml.ElementTree(root)


def _add_header(root: Xml.Element, location: str) -> None:
    header = Xml.SubElement(root, "HEADER", {"MEDIA_FILE": "", "TIME_UNITS": "milliseconds"})
    if not is_url(location):
        media = Path(location).resolve()
        names = {"MEDIA_URL": media.as_uri(), "RELATIVE_MEDIA_URL": f"./{media.name}"}
        mime_type = _MIME_TYPES.get(media.suffix.lower(), "video/*")
        Xml.SubElement(header, "MEDIA_DESCRIPTOR", {**names, "MIME_TYPE": mime_type})


def _add_annotations(root: Xml.Element, spans: Sequence[PhaseSpan]) -> None:
    order = Xml.SubElement(root, "TIME_ORDER")
    tier = Xml.SubElement(root, "TIER", {"LINGUISTIC_TYPE_REF": TYPE, "TIER_ID": TIER})
    for index, span in enumerate(spans):
        slots = f"ts{2 * index + 1}", f"ts{2 * index + 2}"
        for slot, seconds in zip(slots, (span.start_seconds, span.end_seconds), strict=True):
            Xml.SubElement(order, "TIME_SLOT", {"TIME_SLOT_ID": slot, "TIME_VALUE": str(round(seconds * 1000))})
        annotation = Xml.SubElement(tier, "ANNOTATION")
        names = {"ANNOTATION_ID": f"a{index + 1}", "TIME_SLOT_REF1": slots[0], "TIME_SLOT_REF2": slots[1]}
        Xml.SubElement(Xml.SubElement(annotation, "ALIGNABLE_ANNOTATION", names), "ANNOTATION_VALUE").text = span.phase
