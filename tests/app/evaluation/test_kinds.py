"""Kinds of evaluation: every name leads to a configuration and to what carries it out."""

import inspect
import typing
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.by_name import named
from app.cli import app
from app.evaluation.kinds import JUDGED, STUDIES, VIDEOS, kind_of
from app.evaluation.report.document import Document
from app.evaluation.run import Evaluated
from models.config_file import RunConfig
from models.training.phases import Phases

SHIPPED = sorted((Path(__file__).resolve().parents[3] / "configs" / "evaluate").glob("*.yaml"))


@pytest.mark.parametrize("name", JUDGED)
def test_what_judges_a_model_takes_its_configuration(name: str) -> None:
    config, runner = named(JUDGED[name].config), named(JUDGED[name].runner)
    types = typing.get_type_hints(runner)
    assert issubclass(config, RunConfig)
    takes = [types[parameter] for parameter in inspect.signature(runner).parameters]
    assert takes == [config, Path, Phases, str, int]
    assert types["return"] is Evaluated


@pytest.mark.parametrize("name", STUDIES)
def test_a_study_makes_a_document_of_what_it_returns(name: str) -> None:
    config, runner, document = (named(getattr(STUDIES[name], part)) for part in ("config", "runner", "document"))
    assert issubclass(config, RunConfig)
    types, told = typing.get_type_hints(runner), typing.get_type_hints(document)
    assert [types[parameter] for parameter in inspect.signature(runner).parameters] == [config, Path, Phases]
    takes = [told[parameter] for parameter in inspect.signature(document).parameters]
    assert takes[0] is config
    assert typing.get_args(takes[1]) == typing.get_args(types["return"])
    assert told["return"] is Document


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_shipped_configurations_are_of_a_known_kind_and_sound(path: Path) -> None:
    kind = kind_of(path)
    assert kind == VIDEOS or ({**JUDGED, **STUDIES}[kind].load(path)).name


def test_an_unknown_kind_is_refused_with_those_there_are(tmp_path: Path) -> None:
    path = tmp_path / "odd.yaml"
    path.write_text("kind: odd\nname: a\n")
    outcome = CliRunner().invoke(app, ["evaluate", str(path)])
    assert outcome.exit_code == 2
    assert "odd.yaml: kind: must be one of annotation, cardiac, comparison, nuclei_folds, pictures," in outcome.output


def test_predictions_are_refused_where_the_model_is_run_anyhow(tmp_path: Path) -> None:
    path = tmp_path / "balls.yaml"
    path.write_text(
        "kind: volumes\nname: balls\nmodel: nodules\nlabels: [ball]\ndata: {layout: label_maps, pictures: volumes}\n"
    )
    outcome = CliRunner().invoke(app, ["evaluate", str(path), "--predictions", str(tmp_path)])
    assert outcome.exit_code == 2
    assert "leave --predictions out" in outcome.output
