"""From activity to standardised uptake by body weight (SUVbw), as the tags of a PET tell it.

Source: QIBA, "SUV vendor-neutral pseudo-code (happy path)",
https://qibawiki.rsna.org/index.php/Standardized_Uptake_Value_(SUV); what differs: the time of the scan is the
series' time unless an acquisition begins before it, and a header that leaves a doubt gives activity with a
reason, never a guess.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from models.imaging.intensity_unit import IntensityUnit
from stream.imaging.dicom.frame_header import FrameHeader

_PHILIPS_SUV, _PHILIPS_ACTIVITY = 0x70531000, 0x70531009
_GRAMS_A_KILOGRAM = 1000.0
_LONGEST_DELAY = timedelta(hours=24)


class _Missing(Exception):
    """The header leaves out, or contradicts, what the uptake depends on."""


@dataclass(frozen=True)
class Uptake:
    """What turns the rescaled numbers of a PET into uptake."""

    factor: float
    unit: IntensityUnit
    """Of the numbers times the factor."""
    remark: str = ""
    """Why the unit is not SUV, or empty."""


def uptake_of(headers: Sequence[FrameHeader]) -> Uptake:
    """Return the factor to uptake of one series; a series has one, whatever the times of its slices.

    Args:
        headers: of all the frames, at least one.
    """
    header = headers[0]
    units = header.text("Units")
    try:
        if units == "GML":  # grams a millilitre: uptake already
            return Uptake(1.0, "SUV")
        if units == "CNTS" and (factor := _private(header, _PHILIPS_SUV)):
            return Uptake(factor, "SUV")
        activity = 1.0 if units == "BQML" else _private(header, _PHILIPS_ACTIVITY) if units == "CNTS" else 0.0
        if not activity:
            raise _Missing(f"Units is {units or 'missing'}, not BQML, GML or CNTS with the maker's factor")
        dose = _dose_at_scan_bq(header, min(_starts(headers), default=None))
        return Uptake(activity * _weight_grams(header) / dose, "SUV")
    except _Missing as missing:
        unit: IntensityUnit = "Bq/ml" if units == "BQML" else "none"
        return Uptake(1.0, unit, f"the uptake (SUV) is not known: {missing}")


def _private(header: FrameHeader, tag: int) -> float:
    try:
        return float(header.dataset[tag].value)
    except (KeyError, TypeError, ValueError):
        return 0.0


def _weight_grams(header: FrameHeader) -> float:
    weight = header.number("PatientWeight")
    if not weight or weight <= 0:
        raise _Missing("PatientWeight is missing")
    return weight * _GRAMS_A_KILOGRAM


def _dose_at_scan_bq(header: FrameHeader, scan: datetime | None) -> float:
    """Return what was left of the injected dose at the time to which the image's decay was corrected."""
    if "ATTN" not in header.text("CorrectedImage") or "DECY" not in header.text("CorrectedImage"):
        raise _Missing("CorrectedImage does not name both ATTN and DECY")
    injection = _injection(header)
    dose = injection.number("RadionuclideTotalDose")
    if not dose or dose <= 0:
        raise _Missing("RadionuclideTotalDose is missing")
    correction = header.text("DecayCorrection")
    if correction == "ADMIN":
        return dose
    if correction != "START":
        raise _Missing(f"DecayCorrection is {correction or 'missing'}, not START or ADMIN")
    half_life = injection.number("RadionuclideHalfLife")
    if not half_life or half_life <= 0:
        raise _Missing("RadionuclideHalfLife is missing")
    if scan is None:
        raise _Missing("SeriesTime and AcquisitionTime are missing")
    delay = _delay(scan, injection)
    return float(dose * 2 ** (-delay.total_seconds() / half_life))


def _injection(header: FrameHeader) -> FrameHeader:
    items = header.dataset.get("RadiopharmaceuticalInformationSequence")
    if not items:
        raise _Missing("RadiopharmaceuticalInformationSequence is missing")
    return FrameHeader(header.path, header.index, header.num_frames, header.codec, items[0])


def _delay(scan: datetime, injection: FrameHeader) -> timedelta:
    """Return the time from the injection to the start of the scan."""
    date_time = injection.text("RadiopharmaceuticalStartDateTime")
    told = _moment(date_time[:8], date_time[8:])
    if told is None:
        told = _moment(f"{scan:%Y%m%d}", injection.text("RadiopharmaceuticalStartTime"))
        if told is not None and told > scan:  # injected before midnight
            told -= timedelta(days=1)
    if told is None:
        raise _Missing("RadiopharmaceuticalStartDateTime and RadiopharmaceuticalStartTime are missing")
    delay = scan - told
    if not timedelta(0) <= delay < _LONGEST_DELAY:
        raise _Missing(f"the scan begins {delay.total_seconds():.0f} s after the injection")
    return delay


def _starts(headers: Sequence[FrameHeader]) -> Iterator[datetime]:
    """Yield when the series and its acquisitions began: a series that was processed later bears a later time."""
    for header in headers:
        for kind in ("Series", "Acquisition"):
            moment = _moment(header.text(f"{kind}Date"), header.text(f"{kind}Time"))
            if moment is not None:
                yield moment


def _moment(date: str, time: str) -> datetime | None:
    """Return the moment that a DICOM date and time name, whole seconds and their fraction; None when they do not."""
    whole, _, fraction = time.split("+")[0].split("-")[0].partition(".")
    if not whole:
        return None
    try:
        moment = datetime.strptime(f"{date}{whole[:6]:0<6}", "%Y%m%d%H%M%S")
    except ValueError:
        return None
    return moment + timedelta(seconds=float(f"0.{fraction}") if fraction.isdigit() else 0.0)
