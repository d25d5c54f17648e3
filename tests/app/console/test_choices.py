import pytest
import typer

from app.console.choices import one_of, some_of

KNOWN = ("jsonl", "csv")


def test_names_are_taken_in_the_order_in_which_they_were_given_each_once() -> None:
    assert some_of("--format", " csv, jsonl,csv,", KNOWN) == ("csv", "jsonl")
    assert one_of("--format", "csv", KNOWN) == "csv"


@pytest.mark.parametrize(("text", "found"), [("xml,csv", "'xml'"), (",", "nothing"), ("jsonl,csv", "'jsonl,csv'")])
def test_other_names_end_the_command_as_wrong_use(text: str, found: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit, match="2"):
        one_of("--format", text, KNOWN)
    assert capsys.readouterr().err == f"vigil: --format must be jsonl or csv, got {found}\n"
