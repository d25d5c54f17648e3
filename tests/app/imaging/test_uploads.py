from dataclasses import replace
from pathlib import Path

from app.imaging.uploads import forget_uploads, keep_uploads
from stream.jobs.job import Job, JobState, JobStatus


def status(location: Path, state: JobState) -> JobStatus:
    return replace(JobStatus.of(Job("1", "m", str(location), "/out", "ct", 0.0)), state=state)


def test_uploads_are_kept_until_every_job_of_theirs_has_ended(tmp_path: Path) -> None:
    folder = keep_uploads(tmp_path / "a", [("ward/one.nii", b"1"), ("../two.nii", b"2")])
    assert sorted(path.name for path in folder.iterdir()) == ["one.nii", "two.nii"]
    assert folder.stat().st_mode & 0o077 == 0
    forget_uploads(tmp_path, [status(folder / "one.nii", "done"), status(folder / "two.nii", "running")])
    assert folder.exists()
    forget_uploads(tmp_path, [status(folder / "one.nii", "done"), status(folder / "two.nii", "dead")])
    assert not folder.exists()


def test_nothing_elsewhere_is_removed(tmp_path: Path) -> None:
    scan = tmp_path / "scans/ct.nii"
    scan.parent.mkdir()
    scan.write_bytes(b"1")
    (tmp_path / "uploads").mkdir()
    forget_uploads(tmp_path / "uploads", [status(scan, "done"), status(tmp_path / "uploads", "done")])
    assert scan.exists()
    assert (tmp_path / "uploads").exists()
