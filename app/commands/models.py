"""`vigil models list|show|import|verify|calibrate`: what can be served, and with whose weights."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from app.console.exits import EXIT_FAILED, EXIT_WRONG_USE, fail
from app.console.options import JsonOption
from models.registry import find_card, is_servable, model_names
from models.store.stored_models import calibration_path, find_stored, own_directory, stored_names

app = typer.Typer(help="List, show, import, verify and calibrate models.", no_args_is_help=True)

NUM_SHOWN_LABELS = 8


@app.command("list")
def list_models(as_json: JsonOption = False) -> None:
    """List every model, and whether it can be served on this machine."""
    models = [_summary(name) for name in model_names()]
    if as_json:
        typer.echo(json.dumps(models, indent=2))
        return
    typer.echo(f"{'name':22} {'state':18} {'network':22} labels reads")
    for model in models:
        typer.echo(
            f"{model['name']:22} {model['state']:18} {model['network']:22} {model['num_labels']:>6} {model['reads']}"
        )


@app.command()
def show(name: Annotated[str, typer.Argument(help="Name of a model.")], as_json: JsonOption = False) -> None:
    """Print the card of a model."""
    try:
        card = asdict(find_card(name))
    except ValueError as error:
        fail(str(error), EXIT_WRONG_USE)
    if as_json:
        typer.echo(json.dumps(card, indent=2, ensure_ascii=False))
        return
    for field, value in card.items():
        if value not in ("", (), {}, None):
            typer.echo(f"{field:16} {_readable(value)}")


@app.command("import")
def import_model(
    checkpoint: Annotated[Path, typer.Argument(help="A file of PyTorch, safetensors or NumPy (.npz).")],
    name: Annotated[str, typer.Option("--as", help="What the model will be called, such as i3d_rgb.")],
    network: Annotated[str | None, typer.Option(help="What the weights are of; default: the name.")] = None,
    labels: Annotated[Path | None, typer.Option(help="Text file with one label a line.")] = None,
    licence: Annotated[str | None, typer.Option(help="Licence of the weights, as their source states it.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Check a public checkpoint and make a model of it: safetensors and a card."""
    from models.store.importing import import_checkpoint
    from models.store.labels import read_labels

    if not checkpoint.is_file():
        fail(f"{checkpoint} must be a checkpoint file; there is no such file", EXIT_WRONG_USE)
    try:
        names = read_labels(labels) if labels else None
    except ValueError as error:
        fail(str(error), EXIT_WRONG_USE)
    try:
        card = import_checkpoint(checkpoint, name=name, network=network, labels=names, licence=licence)
    except ValueError as error:
        fail(str(error), EXIT_FAILED)
    except OSError as error:
        fail(f"{own_directory()} cannot be written to, nothing was imported: {error}", EXIT_FAILED)
    path = own_directory() / f"{name}.safetensors"
    if as_json:
        typer.echo(json.dumps({"weights": str(path), **asdict(card)}, indent=2, ensure_ascii=False))
        return
    typer.echo(f"{path}: {name}, {len(card.labels)} classes, {card.weights_sha256[:12]}")


@app.command()
def verify(
    names: Annotated[list[str] | None, typer.Argument(help="Names of trained models; default: all.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Compare the weights of trained models with their cards; exit code 1 when one does not fit."""
    findings = {name: _finding(name) for name in names or stored_names()}
    if as_json:
        typer.echo(json.dumps(findings, indent=2))
    else:
        for name, finding in findings.items():
            typer.echo(f"{name:20} {finding}")
    if any(finding != "right" for finding in findings.values()):
        raise typer.Exit(EXIT_FAILED)


@app.command()
def calibrate(
    name: Annotated[str, typer.Argument(help="Name of a model of video.")],
    inputs: Annotated[list[str], typer.Argument(metavar="PATH|DIR|GLOB...", help="Ordinary videos, two or more.")],
    threads: Annotated[int, typer.Option(min=0, help="Threads of the CPU; 0: all cores.")] = 0,
    as_json: JsonOption = False,
) -> None:
    """Make a model ready for eight-bit arithmetic, and say how its answers change by it.

    The last quarter of the videos is kept apart for the comparison.
    """
    from app.analysis.calibration import calibrate as learn_ranges
    from stream.batch.inputs import find_inputs

    try:
        card = find_card(name)
        if card.clip_spec is None or not card.labels:
            raise ValueError(f"{name} must be a model that says labels of clips of video; it is not")
        calibration = learn_ranges(card, find_inputs(inputs), threads=threads)
    except ValueError as error:
        fail(str(error), EXIT_WRONG_USE)
    except OSError as error:
        fail(f"{calibration_path(name)} cannot be written, the model is as it was: {error}", EXIT_FAILED)
    told = {field: value for field, value in asdict(calibration).items() if field != "networks"}
    if as_json:
        typer.echo(json.dumps({"path": str(calibration_path(name)), **told}, indent=2, ensure_ascii=False))
        return
    typer.echo(
        f"{calibration_path(name)}: {name}, {calibration.num_clips} clips; int8 says first what float32 says in "
        f"{calibration.agreement:.1%} of the clips kept apart, scores differ by {calibration.mean_difference:.4f}"
    )


def _finding(name: str) -> str:
    try:
        stored = find_stored(name)
        if stored is None:
            return f"no trained model is called {name!r}; there are {', '.join(stored_names()) or 'none'}"
        stored.check_weights()
    except ValueError as error:
        return str(error)
    return "right"


def _summary(name: str) -> dict[str, Any]:
    try:
        card = find_card(name)
    except ValueError as error:
        return {
            "name": name,
            "network": "",
            "reads": "",
            "state": "damaged card",
            "num_labels": 0,
            "reason": str(error),
        }
    finding = _finding(name) if is_servable(card) and card.weights_sha256 else "right"
    state = "ready" if is_servable(card) else "needs weights"
    return {
        "name": name,
        "network": card.network,
        "reads": card.reads,
        "state": state if finding == "right" else "damaged weights",
        "num_labels": len(card.labels),
        "licence": card.licence,
        "weights_sha256": card.weights_sha256,
        **({} if finding == "right" else {"reason": finding}),
    }


def _readable(value: Any) -> str:
    if isinstance(value, tuple | list):
        shown = ", ".join(map(_readable, value[:NUM_SHOWN_LABELS]))
        return shown if len(value) <= NUM_SHOWN_LABELS else f"{shown}, ... ({len(value)} in all)"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else str(value)
