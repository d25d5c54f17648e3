"""How a command ends that cannot do what it was asked for."""

from typing import NoReturn

import typer

EXIT_FAILED, EXIT_WRONG_USE, EXIT_PARTLY = 1, 2, 3
"""Something went wrong; the command or a configuration is wrong; some inputs were refused. 0: done."""


def fail(message: str, exit_code: int) -> NoReturn:
    """End the command with a message on standard error, as a rule one line."""
    typer.echo(message, err=True)
    raise typer.Exit(exit_code)
