"""`vigil simulate`: labelled synthetic scenes, as a video with its truth beside it."""

import typer

from app.commands.simulate_bedside import bedside
from app.commands.simulate_echo import echo
from app.commands.simulate_home import home
from app.commands.simulate_surgery import surgery

app = typer.Typer(help="Make labelled synthetic scenes.", no_args_is_help=True)
app.command("bedside")(bedside)
app.command("echo")(echo)
app.command("home")(home)
app.command("surgery")(surgery)
