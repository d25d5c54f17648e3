"""A problem is said once, and its end."""

import logging

import pytest

from stream.alerts.complaint import Complaint


def test_problem_is_said_once_and_its_end_once(caplog: pytest.LogCaptureFixture) -> None:
    complaint = Complaint(logging.getLogger("x"), "nothing goes on")
    with caplog.at_level(logging.INFO):
        complaint.end()
        for problem in ("full", "full", "gone", "gone"):
            complaint.say(problem)
        complaint.end()
        complaint.end()
    assert [record.message for record in caplog.records] == [
        "nothing goes on: full",
        "nothing goes on: gone",
        "it is over: nothing goes on: gone",
    ]
