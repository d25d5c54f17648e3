"""`vigil simulate bedside` and `vigil simulate home`: labelled synthetic rooms, as a video with its truth beside it."""

from collections.abc import Callable
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from app.commands.simulated_scene import Pixels, Seed, VideoOut, make_scene, tell
from app.console.options import JsonOption

if TYPE_CHECKING:
    from models.simulation.rooms import Room


class Look(StrEnum):
    """Sensor that sees the scene."""

    rgb = "rgb"
    depth = "depth"
    random = "random"


def room_command(room: "Room", *, usual_seconds: float, count: Callable[[int], str]) -> Callable[..., None]:
    """Return the command that makes a room.

    Args:
        room: which one.
        usual_seconds: length of a scene of which none is said.
        count: says in words how many events there are.
    """

    def command(
        out: VideoOut,
        seed: Seed = 0,
        duration_seconds: Annotated[float, typer.Option(help="Length of the scene.")] = usual_seconds,
        look: Annotated[Look, typer.Option(help="Sensor that sees the scene.")] = Look.random,
        width: Pixels = 320,
        height: Pixels = 240,
        fps: Annotated[float, typer.Option(help="Frames a second.")] = 15.0,
        as_json: JsonOption = False,
    ) -> None:
        from app.scene_files import write_scene
        from models.simulation.rooms import ROOMS

        scene = make_scene(
            lambda: ROOMS[room](
                seed, duration_seconds=duration_seconds, look=look.value, height=height, width=width, frame_rate_hz=fps
            ),
            write_scene,
            out,
        )
        num_events = len(scene.truth.events)
        look_of = scene.truth.look
        facts = {"duration_seconds": duration_seconds, "look": look_of, "num_events": num_events, "seed": seed}
        line = f"{duration_seconds:g} s, look {look_of}, {count(num_events)}; truth in {out.stem}.json"
        tell(out, facts, line, as_json=as_json)

    return command
