"""What a DICOM cine says of its ultrasound: where the fan lies, and how large a pixel is."""

from dataclasses import dataclass
from pathlib import Path

from pydicom import dcmread
from pydicom.dataset import Dataset

from stream.errors import SourceRefused
from stream.sources.dicom_header import quiet_pydicom

_TISSUE, _CENTIMETRES = 1, 3
_TAGS = ["Modality", "Rows", "Columns", "SequenceOfUltrasoundRegions"]
_LARGEST_FACTOR = 4
"""Some machines store smaller pictures than those that their regions speak of."""


@dataclass(frozen=True)
class UltrasoundTags:
    """What the header says."""

    modality: str
    box: tuple[float, float, float, float] | None
    """Left, top, right and bottom of the picture of tissue, pixels, the last two exclusive; None where not said."""
    cm_a_pixel: float | None


def read_ultrasound_tags(path: Path) -> UltrasoundTags:
    """Read the tags of a DICOM file; no pixel and no name is read.

    Regions that reach beyond the picture are those of a picture 2, 3 or 4 times as large (SonoSite's exports at half
    size, for one) and are scaled down; those that fit no such picture are not believed.

    Raises:
        SourceRefused: the header cannot be read.
    """
    with quiet_pydicom():
        try:
            dataset = dcmread(path, stop_before_pixels=True, specific_tags=_TAGS)
            regions = [region for region in dataset.get("SequenceOfUltrasoundRegions") or [] if _is_tissue(region)]
            modality = str(dataset.get("Modality") or "")
            size = int(dataset.get("Columns") or 0), int(dataset.get("Rows") or 0)
            found = [(_box(region), _cm_a_pixel(region)) for region in regions]
        except Exception as error:  # pydicom raises a dozen classes on broken files
            raise SourceRefused(f"{path}: required a readable DICOM header ({type(error).__name__})") from None
    if not found:
        return UltrasoundTags(modality, None, None)
    (left, top, right, bottom), cm_a_pixel = max(found, key=lambda region: _area(region[0]))
    for factor in range(1, _LARGEST_FACTOR + 1):
        if right <= size[0] * factor and bottom <= size[1] * factor and right > left and bottom > top:
            box = (left / factor, top / factor, right / factor, bottom / factor)
            return UltrasoundTags(modality, box, cm_a_pixel * factor if cm_a_pixel else None)
    return UltrasoundTags(modality, None, None)


def _is_tissue(region: Dataset) -> bool:
    return int(region.get("RegionDataType", 0)) == _TISSUE


def _box(region: Dataset) -> tuple[float, float, float, float]:
    return (
        float(region.RegionLocationMinX0),
        float(region.RegionLocationMinY0),
        float(region.RegionLocationMaxX1) + 1,
        float(region.RegionLocationMaxY1) + 1,
    )


def _area(box: tuple[float, float, float, float]) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])


def _cm_a_pixel(region: Dataset) -> float | None:
    """Return the size of a pixel where it is told in centimetres and is alike both ways."""
    if {region.get("PhysicalUnitsXDirection"), region.get("PhysicalUnitsYDirection")} != {_CENTIMETRES}:
        return None
    across, down = abs(float(region.get("PhysicalDeltaX", 0))), abs(float(region.get("PhysicalDeltaY", 0)))
    return across if across > 0 and abs(across - down) <= 0.02 * across else None
