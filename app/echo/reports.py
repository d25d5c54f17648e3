"""What of a reading goes into a DICOM report."""

import numpy as np

from models.echo.reading import EchoReading
from stream.dicom_report import (
    EJECTION_FRACTION,
    END_DIASTOLIC_VOLUME,
    END_SYSTOLIC_VOLUME,
    MILLILITRE,
    PERCENT,
    ReportedNumber,
)


def reported_numbers(reading: EchoReading) -> list[ReportedNumber]:
    """Return the ejection fraction, and the mean volumes where the size of a pixel is known."""
    numbers = [ReportedNumber(EJECTION_FRACTION, reading.ef.mean, PERCENT)] if reading.ef else []
    largest = [beat.edv_ml for beat in reading.beats if beat.edv_ml is not None]
    smallest = [beat.esv_ml for beat in reading.beats if beat.esv_ml is not None]
    if largest and smallest:
        numbers.append(ReportedNumber(END_DIASTOLIC_VOLUME, float(np.mean(largest)), MILLILITRE))
        numbers.append(ReportedNumber(END_SYSTOLIC_VOLUME, float(np.mean(smallest)), MILLILITRE))
    return numbers
