"""The bed with its raised backrest, rails and pillow, and the blanket upon it."""

from collections.abc import Iterator

import numpy as np

from models.simulation.layout import Bed
from models.simulation.palette import SceneColours
from models.simulation.solids import Bar, Solid, box, prism

MATTRESS_THICKNESS = 0.15


def bed_solids(bed: Bed, backrest_degrees: float, colours: SceneColours, *, has_rails: bool) -> Iterator[Solid]:
    """Yield the bed with its backrest at this angle."""
    half_length, half_width = bed.length / 2, bed.width / 2
    low = bed.top - MATTRESS_THICKNESS
    across = (-half_width, half_width)
    yield from box(bed.place, (-half_length, half_length), across, (low - 0.08, low), colours.bed_frame)
    yield from box(bed.place, (bed.hinge, half_length - 0.04), across, (low, bed.top), colours.mattress)
    yield from prism(_backrest_corners(bed, backrest_degrees), colours.mattress)
    for along, top in ((-half_length, bed.top + 0.35), (half_length, bed.top + 0.22)):
        yield from box(bed.place, (along - 0.03, along + 0.03), across, (low - 0.1, top), colours.bed_frame)
    for along in (-0.8 * half_length, 0.8 * half_length):
        yield from box(bed.place, (along - 0.05, along + 0.05), (-0.3, 0.3), (0.0, low - 0.08), colours.metal)
    if has_rails:
        yield from _rails(bed, colours)
    yield from _pillow(bed, backrest_degrees, colours)


def blanket_bars(bed: Bed, cover: float, material: int) -> list[Bar]:
    """Return the blanket: folded at the foot when `cover` is 0, up to the patient's chest at 1."""
    foot = bed.length / 2 - 0.12
    head = foot - 0.12 - cover * (foot - bed.pelvis)
    thick = 0.09 + 0.05 * (1 - cover)
    reach = bed.width / 2 - 0.07
    bars = [
        Bar(
            bed.place.to_room(head, across, bed.top + rise),
            bed.place.to_room(foot, across, bed.top + rise * 0.6),
            radius,
            material,
            end_radius=radius * 0.9,
        )
        for across, rise, radius in (
            (0.0, 0.07 * cover, 0.13),
            (0.16, 0.04 * cover, 0.11),
            (-0.16, 0.04 * cover, 0.11),
            (reach, -0.04, 0.075),
            (-reach, -0.04, 0.075),
            (0.7 * reach, 0.0, 0.08),
            (-0.7 * reach, 0.0, 0.08),
        )
    ]
    edge = (bed.place.to_room(head, -reach, bed.top), bed.place.to_room(head, reach, bed.top))
    return [*bars, Bar(*edge, thick, material)]


def _backrest_corners(bed: Bed, degrees: float) -> np.ndarray:
    """Eight corners of the hinged half of the mattress: four below, four above."""
    tilt = np.radians(degrees)
    reach = bed.hinge + bed.length / 2 - 0.04
    half_width = bed.width / 2
    corners = []
    for lift in (-MATTRESS_THICKNESS, 0.0):
        for along, across in ((0.0, -half_width), (reach, -half_width), (reach, half_width), (0.0, half_width)):
            offset = bed.hinge - along * np.cos(tilt) - lift * np.sin(tilt) * 0.4
            corners.append(bed.place.to_room(offset, across, bed.top + along * np.sin(tilt) + lift * np.cos(tilt)))
    return np.array(corners)


def _rails(bed: Bed, colours: SceneColours) -> Iterator[Bar]:
    """Rails along the head on both sides and along the foot on the side that is not left by."""
    half_length, across = bed.length / 2, bed.width / 2 + 0.03
    spans = [(side, -half_length + 0.12, bed.hinge - 0.06) for side in (-1, 1)]
    spans.append((-bed.exit_side, bed.hinge + 0.12, half_length - 0.25))
    for side, first, last in spans:
        for height in (0.1, 0.22, 0.34):
            start = bed.place.to_room(first, side * across, bed.top + height)
            yield Bar(start, bed.place.to_room(last, side * across, bed.top + height), 0.016, colours.metal)
        for along in np.linspace(first, last, 4):
            start = bed.place.to_room(along, side * across, bed.top - 0.1)
            yield Bar(start, bed.place.to_room(along, side * across, bed.top + 0.34), 0.014, colours.metal)


def _pillow(bed: Bed, degrees: float, colours: SceneColours) -> Iterator[Bar]:
    tilt = np.radians(degrees)
    reach = bed.hinge + bed.length / 2 - 0.25
    for shift in (-0.07, 0.07):
        along = bed.hinge - (reach + shift) * np.cos(tilt)
        height = bed.top + (reach + shift) * np.sin(tilt) + 0.04
        yield Bar(
            bed.place.to_room(along, -0.24, height), bed.place.to_room(along, 0.24, height), 0.075, colours.pillow
        )
