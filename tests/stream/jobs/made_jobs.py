"""Jobs for tests of the queue and of who takes them."""

import sys
import time
import uuid

from stream.jobs.job import Job

READER = (sys.executable, "-m", "tests.stream.jobs.small_reader")
"""Reads jobs without any model: see there what each location makes it do."""


def job(location: str = "scan.nii.gz", *, folder: str = "/results") -> Job:
    return Job(uuid.uuid4().hex[:12], "bright", location, folder, "scan", time.time())
