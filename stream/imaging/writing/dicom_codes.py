"""What labels are called in DICOM's coded terms."""

from typing import Any

from models.imaging.region_measures import MeasuredRegion
from stream.dicom_report import Code

STRUCTURE = Code("123037004", "SCT", "Anatomical Structure")
ABNORMAL = Code("49755003", "SCT", "Morphologically Abnormal Structure")
KINDS: dict[str, tuple[Code, Code]] = {
    "nodule": (ABNORMAL, Code("27925004", "SCT", "Nodule")),
    "lesion": (ABNORMAL, Code("52988006", "SCT", "Lesion")),
    "liver": (STRUCTURE, Code("10200004", "SCT", "Liver")),
    "left ventricle": (STRUCTURE, Code("87878005", "SCT", "Left ventricle of heart")),
}
"""Category and type of what has a code of its own; anything else is an anatomical structure with its label."""


def kind_of(label: str) -> tuple[Code, Code]:
    return KINDS.get(label.lower(), (STRUCTURE, STRUCTURE))


def region_name(region: MeasuredRegion) -> str:
    return f"{region.label} {region.number}"[:64]


def coded(hd: Any, code: Code) -> Any:
    return hd.sr.CodedConcept(code.value, code.scheme, code.meaning)
