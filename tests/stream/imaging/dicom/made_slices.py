"""Makes series of DICOM slices, right ones and wrong ones."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence as Items
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, PositronEmissionTomographyImageStorage, generate_uid

PATIENT = "Doe^Jane"
AXIAL = (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)
SPACING = (0.7, 0.5)
"""Between rows and between columns."""


def make_slice(path: Path, stored: np.ndarray, position: Sequence[float], **elements: Any) -> Path:
    """Write one slice; of an element given as None nothing is written."""
    dataset = Dataset()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.PatientName, dataset.PatientID = PATIENT, "4711"
    dataset.SOPClassUID, dataset.SOPInstanceUID = CTImageStorage, generate_uid()
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID, dataset.SeriesNumber = "1.2.3", "1.2.3.4", 4
    dataset.FrameOfReferenceUID = "1.2.3.5"
    dataset.Modality, dataset.ImageType = "CT", ["ORIGINAL", "PRIMARY", "AXIAL"]
    dataset.Rows, dataset.Columns = stored.shape[:2]
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.BitsAllocated = dataset.BitsStored = stored.dtype.itemsize * 8
    dataset.HighBit, dataset.PixelRepresentation = dataset.BitsStored - 1, int(stored.dtype.kind == "i")
    dataset.ImagePositionPatient, dataset.ImageOrientationPatient = [float(value) for value in position], list(AXIAL)
    dataset.PixelSpacing, dataset.SliceThickness = list(SPACING), 2.0
    dataset.RescaleSlope, dataset.RescaleIntercept = 1, -1024
    dataset.PixelData = stored.tobytes()
    for keyword, value in elements.items():
        if value is None:
            dataset.pop(keyword, None)
        else:
            setattr(dataset, keyword, value)
    dataset.save_as(path, enforce_file_format=True)
    return path


def make_series(
    folder: Path, positions: Sequence[float] = (0, 2, 4, 6, 8), *, step: Sequence[float] = (0, 0, 1), **elements: Any
) -> Path:
    """Write slices whose stored numbers are 1000 + their position along the series, under names in no order."""
    folder.mkdir(exist_ok=True, parents=True)
    for index, position in enumerate(positions):
        stored = np.full((6, 7), 1000 + round(10 * position), np.uint16)
        stored[0, 1] = 0  # marks the first row, second column
        place = np.array([-100, 50, 10]) + position * np.asarray(step, float)
        name = f"{(index * 7919) % 997:03d}_{index}.dcm"
        make_slice(folder / name, stored, place, InstanceNumber=index, **elements)
    return folder


def injection(**elements: Any) -> Items:
    item = Dataset()
    item.RadionuclideTotalDose, item.RadionuclideHalfLife = 3.7e8, 6586.2
    item.RadiopharmaceuticalStartTime = "100000.00"
    for keyword, value in elements.items():
        if value is None:
            del item[keyword]
        else:
            setattr(item, keyword, value)
    return Items([item])


def pet_elements(**changed: Any) -> dict[str, Any]:
    """Return what makes a slice one of PET: 370 MBq of F-18 injected an hour before into 70 kg."""
    return {
        "Modality": "PT",
        "SOPClassUID": PositronEmissionTomographyImageStorage,
        "Units": "BQML",
        "DecayCorrection": "START",
        "CorrectedImage": ["ATTN", "DECY", "SCAT"],
        "PatientWeight": 70,
        "SeriesDate": "20260302",
        "SeriesTime": "110000",
        "AcquisitionDate": "20260302",
        "AcquisitionTime": "110230",
        "RescaleSlope": 2,
        "RescaleIntercept": 0,
        "RadiopharmaceuticalInformationSequence": injection(),
        **changed,
    }
