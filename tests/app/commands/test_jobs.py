"""Tests of `vigil submit` and `vigil jobs` with a real server and real worker processes."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import nibabel
import numpy as np
import psutil
import pytest
import typer
from typer.testing import CliRunner, Result

from app.cli import app
from app.commands.analyze import analyze
from stream.bus import Bus
from stream.embedded import EmbeddedServer
from stream.jobs.job import JobStatus
from stream.jobs.job_queue import JobQueue
from tests.small_imaging_models import BRIGHT, store_brightness_model
from tests.stream.bus_servers import own_server  # noqa: F401
from tests.waiting import wait_until

LEASE_SECONDS = 2.0
ANALYZE = typer.Typer()
ANALYZE.command()(analyze)


def vigil(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture(autouse=True)
def queue(tmp_path: Path, own_server: EmbeddedServer, monkeypatch: pytest.MonkeyPatch) -> JobQueue:  # noqa: F811
    url = own_server.start()
    monkeypatch.setenv("REDIS_URL", url)
    monkeypatch.setenv("VIGIL_STATE_DIRECTORY", str(tmp_path / "state"))
    monkeypatch.setenv("VIGIL_MODELS_DIR", str(tmp_path / "models"))
    monkeypatch.setenv("VIGIL_WORKER__LEASE_SECONDS", str(LEASE_SECONDS))
    monkeypatch.setenv("VIGIL_WORKER__THREADS", "1")
    store_brightness_model(tmp_path / "models", serving_options={"window": [16, 16, 16]})
    return JobQueue(Bus.connect(url))


@pytest.fixture
def start_worker() -> Iterator[Callable[[], subprocess.Popen[bytes]]]:
    workers = []

    def start() -> subprocess.Popen[bytes]:
        environment = {**os.environ, "VIGIL_PARENT": str(os.getpid())}
        workers.append(subprocess.Popen([sys.executable, "-m", "app.cli", "worker"], env=environment))
        return workers[-1]

    yield start
    for worker in workers:
        worker.kill()
        worker.wait()


def write_scan(path: Path, shape: tuple[int, int, int] = (20, 24, 18)) -> Path:
    voxels = np.zeros(shape, np.float32)
    voxels[2:7, 3:6, 1:4] = 2 * BRIGHT
    nibabel.save(nibabel.Nifti1Image(voxels, np.diag([0.5, 0.5, 2, 1])), path)
    return path


def status_of(queue: JobQueue, job_id: str) -> JobStatus:
    status = queue.status(job_id)
    assert status
    return status


@pytest.mark.slow
def test_a_folder_is_read_by_the_worker_and_a_bad_file_in_it_is_named(
    tmp_path: Path, start_worker: Callable[[], subprocess.Popen[bytes]]
) -> None:
    scans = tmp_path / "scans"
    scans.mkdir()
    write_scan(scans / "one.nii.gz")
    (scans / "cut.nii.gz").write_bytes((scans / "one.nii.gz").read_bytes()[:90])
    start_worker()
    done = vigil("submit", scans, "--model", "bright", "--out", tmp_path / "out", "--json")
    assert done.exit_code == 3, done.output
    jobs = {Path(job["location"]).name: job for job in json.loads(done.stdout)["jobs"]}
    assert {name: job["state"] for name, job in jobs.items()} == {"one.nii.gz": "done", "cut.nii.gz": "refused"}
    assert "cut.nii.gz" in jobs["cut.nii.gz"]["reason"]
    assert "one_labels.nii.gz" in jobs["one.nii.gz"]["outputs"]
    labels = nibabel.load(tmp_path / "out/one_labels.nii.gz")
    assert int(np.asarray(labels.dataobj).sum()) == 5 * 3 * 3
    listed = vigil("jobs", "list", "--all")
    assert "done: " in listed.stdout
    assert "refused: " in listed.stdout
    assert f"folder         {tmp_path / 'out'}" in vigil("jobs", "show", jobs["one.nii.gz"]["job_id"]).stdout


@pytest.mark.slow
def test_a_volume_survives_kill_9_of_its_worker_and_its_result_is_that_of_an_undisturbed_run(
    tmp_path: Path, queue: JobQueue, start_worker: Callable[[], subprocess.Popen[bytes]]
) -> None:
    scan = write_scan(tmp_path / "ct.nii.gz", (64, 80, 96))
    submitted = vigil("submit", scan, "--model", "bright", "--out", tmp_path / "out", "--no-wait")
    job_id = submitted.stdout.strip()
    first = start_worker()
    wait_until(lambda: status_of(queue, job_id).num_done > 5, seconds=90)
    children = psutil.Process(first.pid).children(recursive=True)
    os.kill(first.pid, signal.SIGKILL)
    wait_until(lambda: not any(child.is_running() and child.status() != "zombie" for child in children), seconds=5)
    start_worker()
    wait_until(lambda: status_of(queue, job_id).has_ended, seconds=120)
    status = status_of(queue, job_id)
    assert (status.state, status.deliveries, status.reason) == ("done", 2, "")
    alone = CliRunner().invoke(
        ANALYZE, [str(scan), "--model", "bright", "--out", str(tmp_path / "alone"), "--threads", "1"]
    )
    assert alone.exit_code == 0, alone.output
    for name in ("ct_labels.nii.gz", "ct.jsonl", "ct_measurements.csv"):
        assert (tmp_path / "out" / name).read_bytes() == (tmp_path / "alone" / name).read_bytes()
    assert not list((tmp_path / "out/.vigil").glob("draft-*"))


def test_jobs_wait_are_listed_and_cancelled_without_a_worker(tmp_path: Path) -> None:
    scan = write_scan(tmp_path / "ct.nii.gz")
    submitted = vigil("submit", scan, "--model", "bright", "--no-wait", "--json")
    assert submitted.exit_code == 0, submitted.output
    (job,) = json.loads(submitted.stdout)
    assert job["folder"] == str(tmp_path / "state/readings")
    assert f"{job['job_id']}  queued: {scan}: bright" in vigil("jobs", "list").stdout
    assert "cancelled" in vigil("jobs", "cancel", job["job_id"]).stdout
    assert json.loads(vigil("jobs", "list", "--json").stdout) == []
    assert vigil("jobs", "cancel", job["job_id"]).stdout.strip().endswith("has ended already")
    assert vigil("jobs", "cancel", "nobody").exit_code == 2


def test_two_inputs_of_one_stem_that_wait_get_names_of_their_own(tmp_path: Path) -> None:
    names = []
    for ward in ("a", "b"):
        (tmp_path / ward).mkdir()
        scan = write_scan(tmp_path / ward / "ct.nii.gz")
        submitted = vigil("submit", scan, "--model", "bright", "--out", tmp_path / "out", "--no-wait", "--json")
        names.append(json.loads(submitted.stdout)[0]["name"])
    assert names == ["ct", "b_ct"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--model", "optical_flow"), "optical_flow reads video"),
        (("--model", "nobody"), "no model is called 'nobody'"),
    ],
)
def test_what_cannot_be_submitted_is_told_in_one_line(arguments: tuple[str, str], message: str, tmp_path: Path) -> None:
    done = vigil("submit", write_scan(tmp_path / "ct.nii.gz"), *arguments)
    assert (done.exit_code, len(done.stderr.splitlines())) == (2, 1)
    assert message in done.stderr
