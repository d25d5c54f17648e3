"""An analysis of what is wrong: inputs, models, products and decoders fail by name, and the rest goes on."""

import json
import signal
import threading
from collections.abc import Sequence
from pathlib import Path

import psutil
import pytest

from models.predictor import Predictor
from models.results import Measurement, Result
from models.samples import Sample
from stream.analysis import AnalysedVideo, Analysis, AnalysisOptions
from stream.batch.inputs import find_inputs
from stream.errors import DecodeError
from tests.stream.batch.analysing import Silent, outputs, run, states
from tests.stream.batch.scenery import Brightness, FailingOver, write_video
from tests.stream.sources.made_videos import make_video


class Unreadable:
    """A product that finds the video unreadable."""

    suffix = "_note.txt"

    def make(self, path: Path, video: AnalysedVideo) -> None:
        path.write_text("half")
        raise DecodeError(f"{video.location}: gone")


def test_bad_inputs_are_refused_by_name_and_the_rest_goes_on(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    good = write_video(tmp_path / "a" / "good.mp4", [0.5] * 50)
    (tmp_path / "a" / "empty.mp4").touch()
    (tmp_path / "a" / "text.mp4").write_text("#EXTM3U\n/etc/passwd\n")
    (tmp_path / "a" / "cut.mp4").write_bytes(good.read_bytes()[:700])
    (tmp_path / "a" / "notes.txt").write_text("not a video")
    summary = run(tmp_path / "out", tmp_path / "a", tmp_path / "missing.mp4")
    states = {Path(report.source).name: report.state for report in summary.reports}
    assert states == {
        "cut.mp4": "refused",
        "empty.mp4": "refused",
        "good.mp4": "done",
        "text.mp4": "refused",
        "missing.mp4": "refused",
    }
    for report in summary.reports:
        if report.state == "refused":
            assert Path(report.source).name in report.reason
            assert "\n" not in report.reason
    assert summary.exit_code == 3
    assert outputs(tmp_path / "out") == {"good.jsonl", "good.csv", "summary.json"}
    told = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert (told["num_done"], told["num_refused"], told["num_ignored_files"], told["exit_code"]) == (1, 4, 1, 3)


def test_pictures_too_small_to_show_anything_are_refused(tmp_path: Path) -> None:
    [report] = run(tmp_path / "out", make_video(tmp_path / "dot.mkv", width=1, height=1, codec="mjpeg")).reports
    assert report.reason == f"{tmp_path / 'dot.mkv'}: required pictures of at least 16x16 pixels, found 1x1"


def test_nothing_but_bad_inputs_is_a_failure(tmp_path: Path) -> None:
    assert run(tmp_path / "out", tmp_path / "missing.mp4").exit_code == 1


def test_a_model_that_fails_refuses_the_input_and_names_the_clip(tmp_path: Path) -> None:
    video = write_video(tmp_path / "a.mp4", [0.5] * 50)
    summary = run(tmp_path / "out", video, predictors=[FailingOver(0)])
    assert summary.reports[0].state == "refused"
    assert summary.reports[0].reason == "brightness failed on the clip at 0.000 s: out of memory with 1 clips"


def test_a_model_that_cannot_use_a_clip_refuses_the_input(tmp_path: Path) -> None:
    class Choosy(Brightness):
        def prepare(self, sample: Sample) -> float:
            raise ValueError("frames of 4x4 at least are required")

    summary = run(tmp_path / "out", write_video(tmp_path / "a.mp4", [0.5] * 50), predictors=[Choosy()])
    assert summary.reports[0].reason == (
        "brightness cannot use the clip at 0.000 s: frames of 4x4 at least are required"
    )


def test_a_model_that_gives_no_number_refuses_the_input(tmp_path: Path) -> None:
    class Lost(Brightness):
        def predict(self, prepared: Sequence[float]) -> list[Result]:
            return [Measurement("ef_percent", float("nan"), "%") for _ in prepared]

    summary = run(tmp_path / "out", write_video(tmp_path / "a.mp4", [0.5] * 50), predictors=[Lost()])
    assert summary.reports[0].reason.startswith("brightness gave no usable number at 0.000 s")
    assert outputs(tmp_path / "out") == {"summary.json"}


def test_a_model_without_weights_is_no_fault_of_the_inputs(tmp_path: Path) -> None:
    def load() -> list[Predictor]:
        raise ValueError("the model has no weights")

    video = write_video(tmp_path / "a.mp4", [0.5] * 50)
    analysis = Analysis(
        [Brightness().card], load, tmp_path / "out", options=AnalysisOptions(), products=[], listener=Silent()
    )
    with pytest.raises(ValueError, match="the model has no weights"):
        analysis.run(find_inputs([str(video)] * 2))
    assert not [child for child in psutil.Process().children() if is_decoder(child)]


def test_a_failed_product_leaves_nothing_of_the_input_behind(tmp_path: Path) -> None:
    video = write_video(tmp_path / "a.mp4", [0.5] * 50)
    summary = run(tmp_path / "out", video, products=[Unreadable()])
    assert summary.reports[0].state == "refused"
    assert outputs(tmp_path / "out") == {"summary.json"}
    assert not list((tmp_path / "out" / ".vigil").iterdir())


def test_a_decoder_killed_in_the_middle_costs_only_its_file(tmp_path: Path) -> None:
    """The child of the first file is found and killed as a crash would; the second file is analysed."""
    long = write_video(tmp_path / "long.mp4", [0.5] * 3000)
    short = write_video(tmp_path / "short.mp4", [0.5] * 50)
    killer = threading.Thread(target=kill_decoder_of_this_process)
    killer.start()
    summary = run(tmp_path / "out", long, short, predictors=[Brightness(max_batch_size=1)])
    killer.join()
    assert states(summary) == ["refused", "done"]
    assert "SIGSEGV" in summary.reports[0].reason
    assert summary.exit_code == 3
    assert outputs(tmp_path / "out") == {"short.jsonl", "short.csv", "summary.json"}


def kill_decoder_of_this_process() -> None:
    me = psutil.Process()
    while True:
        for child in me.children():
            if is_decoder(child):
                child.send_signal(signal.SIGSEGV)
                return


def is_decoder(process: psutil.Process) -> bool:
    return "stream.batch.decode_child" in " ".join(process.cmdline())
