"""The rooms that can be simulated, by name."""

from typing import Literal

from models.simulation.bedside import BedsideScene
from models.simulation.home.scene import HomeScene

Room = Literal["bedside", "home"]

ROOMS: dict[Room, type[BedsideScene] | type[HomeScene]] = {"bedside": BedsideScene, "home": HomeScene}
