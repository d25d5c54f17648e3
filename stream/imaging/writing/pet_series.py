"""A PET as the series of DICOM slices that a scanner exports, with all tags on which its uptake depends."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, PositronEmissionTomographyImageStorage, generate_uid

from models.imaging.orientation import reorient
from models.samples import Volume
from stream.errors import StreamError

F18_HALF_LIFE_SECONDS = 6586.2
_SCANNED_AT = datetime(2020, 1, 1, 10, 0, 0)
"""Simulated scans have no date of their own."""
_AXIAL = "SPL"
_LARGEST = np.iinfo(np.uint16).max


@dataclass(frozen=True)
class TracerDose:
    """What was injected, and into whom."""

    patient_kg: float
    dose_bq: float
    delay_seconds: float
    """From the injection to the scan."""

    @property
    def bq_per_ml_a_suv(self) -> float:
        """Activity at the start of the scan that stands for an uptake of 1."""
        left = self.dose_bq * 2 ** (-self.delay_seconds / F18_HALF_LIFE_SECONDS)
        return float(left / (self.patient_kg * 1000))


def write_pet_series(folder: Path, volume: Volume, dose: TracerDose) -> None:
    """Write a folder of one file a slice, axial, 16 bits, in Bq/ml with the tags that make SUV of it.

    Args:
        folder: of the files; it must not be there yet, and appears whole or not at all.
        volume: in SUV, of one channel.
        dose: of the tracer, 18F.

    Raises:
        ValueError: the volume is not in SUV, or has several channels.
        StreamError: the folder is there already, or cannot be written.
    """
    if volume.intensity_unit != "SUV" or volume.num_channels != 1:
        raise ValueError(f"required one channel in SUV, got {volume.num_channels} in {volume.intensity_unit}")
    if folder.exists():
        raise StreamError(f"the folder {folder} is there already; delete it, or choose another name")
    voxels, grid = reorient(volume.voxels[0] * dose.bq_per_ml_a_suv, volume.grid, _AXIAL)
    common = _common(dose)
    _, rows, columns = grid.directions.T
    common.ImageOrientationPatient = [f"{value:.10f}"[:16] for value in (*columns, *rows)]
    common.PixelSpacing = [f"{spacing:.6f}" for spacing in grid.spacing_mm[1:]]
    common.SliceThickness = f"{grid.spacing_mm[0]:.6f}"
    positions = grid.positions_mm(np.array([[index, 0, 0] for index in range(grid.shape[0])]))
    try:
        with TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as made:
            whole = Path(made, folder.name)
            whole.mkdir()
            for index, (plane, position) in enumerate(zip(voxels, positions, strict=True)):
                _slice(common, plane, position, index).save_as(whole / f"{index:04}.dcm", enforce_file_format=True)
            whole.rename(folder)
    except OSError as error:
        raise StreamError(f"the series {folder} cannot be written: {error}") from error


def _common(dose: TracerDose) -> Dataset:
    """Return what all slices say."""
    common = Dataset()
    common.SOPClassUID, common.Modality, common.Manufacturer = PositronEmissionTomographyImageStorage, "PT", "simulator"
    common.StudyInstanceUID, common.SeriesInstanceUID = generate_uid(), generate_uid()
    common.FrameOfReferenceUID = generate_uid()
    common.PatientID = common.PatientName = "simulated"
    common.PatientWeight = f"{dose.patient_kg:g}"
    common.SeriesDate = common.AcquisitionDate = common.StudyDate = f"{_SCANNED_AT:%Y%m%d}"
    common.SeriesTime = common.AcquisitionTime = common.StudyTime = f"{_SCANNED_AT:%H%M%S}"
    common.Units, common.DecayCorrection, common.CorrectedImage = "BQML", "START", ["DECY", "ATTN", "SCAT"]
    common.SeriesType = ["STATIC", "IMAGE"]
    tracer = Dataset()
    tracer.Radiopharmaceutical = "Fluoroethyltyrosine"
    tracer.RadionuclideTotalDose = f"{dose.dose_bq:.8g}"
    tracer.RadionuclideHalfLife = f"{F18_HALF_LIFE_SECONDS:g}"
    injected = _SCANNED_AT - timedelta(seconds=dose.delay_seconds)
    tracer.RadiopharmaceuticalStartDateTime = f"{injected:%Y%m%d%H%M%S}"
    tracer.RadiopharmaceuticalStartTime = f"{injected:%H%M%S}"
    common.RadiopharmaceuticalInformationSequence = [tracer]
    common.SamplesPerPixel, common.PhotometricInterpretation = 1, "MONOCHROME2"
    common.BitsAllocated = common.BitsStored = 16
    common.HighBit, common.PixelRepresentation = 15, 0
    return common


def _slice(common: Dataset, plane: np.ndarray, position: np.ndarray, index: int) -> Dataset:
    dataset = Dataset()
    dataset.update(common)
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.SOPInstanceUID = generate_uid()
    dataset.InstanceNumber = index + 1
    dataset.ImagePositionPatient = [f"{value:.6f}" for value in position]
    dataset.Rows, dataset.Columns = plane.shape
    slope = f"{max(float(plane.max()), 1.0) / _LARGEST:.10e}"
    dataset.RescaleSlope, dataset.RescaleIntercept = slope, "0"
    stored = np.clip(np.rint(plane / float(slope)), 0, _LARGEST).astype("<u2")
    dataset.PixelData = stored.tobytes()
    return dataset
