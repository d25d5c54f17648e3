"""The poses that furniture asks of a body: lying, sitting on an edge, standing beside, seated."""

import numpy as np

from models.simulation.body import Body, Pose, both
from models.simulation.layout import Bed, Chair


def standing(body: Body, spot: np.ndarray, yaw: float) -> Pose:
    """Upright at a floor point (2,), facing `yaw` degrees."""
    return Pose(float(spot[0]), float(spot[1]), body.standing_pelvis, yaw)


def lying(bed: Bed, body: Body, backrest_degrees: float) -> Pose:
    """On the back with the trunk against the backrest."""
    x, y, z = bed.place.to_room(bed.pelvis, 0.0, bed.top + 0.065 * body.height)
    return Pose(
        x,
        y,
        z,
        float(np.degrees(bed.place.yaw)),
        trunk=backrest_degrees - 90.0,
        legs_apart=6,
        arms_apart=18,
        nod=18,
        **both(thigh=92, shin=88),
    )


def sitting_up(bed: Bed, body: Body) -> Pose:
    """In the bed with the legs still on it and the trunk raised."""
    return lying(bed, body, 68.0)._replace(nod=20, arms_apart=25, **both(arm=25))


def half_turned(bed: Bed, body: Body) -> Pose:
    """On the way between lying and the edge: legs half over it, leaning back on the arms."""
    edge = sitting_on_edge(bed, body)
    side = bed.exit_side
    x, y, z = bed.place.to_room((bed.pelvis + bed.seat) / 2, side * 0.12, bed.top + 0.065 * body.height)
    return edge._replace(
        x=x,
        y=y,
        z=z,
        yaw=float(np.degrees(bed.place.yaw)) + side * 50,
        trunk=-28,
        arms_apart=28,
        **both(thigh=96, shin=60, arm=-25),
    )


def sitting_on_edge(bed: Bed, body: Body) -> Pose:
    """On the edge of the bed with the legs over it."""
    x, y, z = bed.place.to_room(bed.seat, bed.exit_side * (bed.width / 2 - 0.13), bed.top + 0.06 * body.height)
    return Pose(
        x,
        y,
        z,
        float(np.degrees(bed.place.yaw)) + bed.exit_side * 90,
        trunk=6,
        legs_apart=10,
        **both(thigh=84, shin=4, arm=12),
    )


def beside_bed(bed: Bed, body: Body) -> Pose:
    """Upright with the back to the bed, where the feet of one who sat on the edge are."""
    spot = bed.beside(bed.seat, 0.245 * body.height - 0.11, bed.exit_side)
    return standing(body, spot, float(np.degrees(bed.place.yaw)) + bed.exit_side * 90)


def seated(chair: Chair, body: Body) -> Pose:
    """Leaning back in the chair."""
    x, y, z = chair.place.to_room(-0.08, 0.0, chair.seat_height + 0.07 * body.height)
    return Pose(
        x,
        y,
        z,
        float(np.degrees(chair.place.yaw)),
        trunk=-chair.recline_degrees,
        legs_apart=9,
        arms_apart=16,
        nod=12,
        **both(thigh=88, shin=6, arm=18, elbow=50),
    )


def leaning_forward(chair: Chair, body: Body) -> Pose:
    """In the chair with the trunk forward, as before standing up."""
    return seated(chair, body)._replace(trunk=36, nod=-5, **both(shin=-8, arm=20))


def before_chair(chair: Chair, body: Body) -> Pose:
    """Upright with the back to the chair."""
    spot = chair.place.to_room(-0.08 + 0.245 * body.height, 0.0)[:2]
    return standing(body, spot, float(np.degrees(chair.place.yaw)))


def half_risen(low: Pose, high: Pose) -> Pose:
    """Between sitting and standing: knees bent, trunk well forward."""
    return Pose(*((a + b) / 2 for a, b in zip(low, high, strict=True)))._replace(
        yaw=high.yaw, trunk=42, z=low.z + 0.3 * (high.z - low.z), nod=-8, **both(thigh=58, shin=-14, arm=25)
    )
