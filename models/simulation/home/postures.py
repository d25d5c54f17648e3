"""The poses of somebody on the floor, or on the way there."""

import numpy as np

from models.simulation import postures
from models.simulation.body import Body, Pose, both
from models.simulation.layout import Bed

FLOOR_SHARE = 0.075
"""Height of the pelvis of one who lies on the floor, as a share of the body's height."""


def lying_on_back(body: Body, at: Pose, height: float = 0.0) -> Pose:
    """On the back, the head behind where the pose faces; `height`: of what one lies on, metres."""
    return _flat(body, at, height)._replace(trunk=-88, arms_apart=35, nod=10, **both(thigh=89, shin=88))


def lying_on_front(body: Body, at: Pose, height: float = 0.0) -> Pose:
    """On the belly, the head in front."""
    return _flat(body, at, height)._replace(trunk=87, arm_left=120, arm_right=110, nod=-15, **both(thigh=-88, shin=-90))


def lying_on_side(body: Body, at: Pose, side: int, height: float = 0.0) -> Pose:
    """Curled up on one side, the head behind where the pose faces."""
    return lying_on_back(body, at, height)._replace(
        roll=80.0 * side, thigh_left=105, thigh_right=112, shin_left=60, shin_right=55, arm_left=50, arm_right=60
    )


def sitting_on_floor(body: Body, at: Pose) -> Pose:
    """Legs stretched out before one."""
    return _flat(body, at, 0.0)._replace(trunk=8, shin_left=85, shin_right=80, legs_apart=10, **both(thigh=92, arm=-20))


def crouching(body: Body, at: Pose) -> Pose:
    """Low on the heels, knees up."""
    return at._replace(z=0.2 * body.height, trunk=30, roll=0, legs_apart=10, **both(thigh=104, shin=-28, arm=40))


def kneeling(body: Body, at: Pose) -> Pose:
    """Upright on both knees."""
    return at._replace(z=0.28 * body.height, trunk=8, roll=0, **both(thigh=2, shin=-86))


def bending(body: Body, at: Pose, degrees: float) -> Pose:
    """Trunk bent forward, hands towards the floor."""
    return at._replace(z=body.standing_pelvis - 0.05, trunk=degrees, nod=-5, **both(thigh=12, shin=-10, arm=80))


def across_bed(bed: Bed, body: Body) -> Pose:
    """On the back across the bed, the legs over the edge on the side by which it is left."""
    x, y, z = bed.place.to_room(bed.seat, bed.exit_side * 0.12, bed.top + FLOOR_SHARE * body.height)
    yaw = float(np.degrees(bed.place.yaw)) + bed.exit_side * 90
    edge = postures.sitting_on_edge(bed, body)
    return edge._replace(x=x, y=y, z=z, yaw=yaw, trunk=-82, arms_apart=50, **both(thigh=80))


def _flat(body: Body, at: Pose, height: float) -> Pose:
    return at._replace(z=height + FLOOR_SHARE * body.height, roll=0.0, reach=0.0, **both(elbow=25))
