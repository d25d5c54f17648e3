"""`vigil simulate`: labelled synthetic scenes, as a video with its truth beside it."""

import typer

from app.commands.simulate_ct import ct
from app.commands.simulate_echo import echo
from app.commands.simulate_pet import pet
from app.commands.simulate_rooms import room_command
from app.commands.simulate_surgery import surgery

app = typer.Typer(help="Make labelled synthetic scenes.", no_args_is_help=True)
app.command("bedside", help="An ICU room seen from below its ceiling, in which a patient is mobilised.")(
    room_command("bedside", usual_seconds=120.0, count=lambda number: f"{number} event{'' if number == 1 else 's'}")
)
app.command("ct")(ct)
app.command("echo")(echo)
app.command(
    "home", help="A room in which somebody walks, sits, bends, lies down on purpose, and in most scenes falls."
)(room_command("home", usual_seconds=30.0, count=lambda number: f"{number or 'no'} fall"))
app.command("pet")(pet)
app.command("surgery")(surgery)
