import logging

import pytest

from stream.errors import BrokerUnavailable
from stream.work.outage import LONGEST_PAUSE_SECONDS, REMINDER_SECONDS, Outage

AWAY = BrokerUnavailable("no answer")


def test_pauses_grow_to_a_bound_and_start_anew_after_success() -> None:
    outage = Outage("worker", clock=lambda: 0.0)
    pauses = [outage.failed(AWAY) for _ in range(8)]
    assert pauses == sorted(pauses)
    assert pauses[-1] == LONGEST_PAUSE_SECONDS
    outage.succeeded()
    assert outage.failed(AWAY) == pauses[0]


def test_log_has_the_beginning_a_reminder_and_the_end(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "stream.work.outage")
    now = 0.0
    outage = Outage("worker", clock=lambda: now)
    while now < 2 * REMINDER_SECONDS + 1:
        now += 0.5
        outage.failed(AWAY)
    outage.succeeded()
    outage.succeeded()
    assert [record.levelname for record in caplog.records] == ["WARNING", "WARNING", "WARNING", "INFO"]
    assert "no answer" in caplog.text


def test_call_is_repeated_until_the_server_answers_or_time_is_up() -> None:
    answers = iter([AWAY, "answer"])

    def call() -> str:
        answer = next(answers)
        if isinstance(answer, BrokerUnavailable):
            raise answer
        return answer

    assert Outage("worker").sit_out(call, may_go_on=lambda: True) == "answer"
    answers = iter([AWAY])
    with pytest.raises(BrokerUnavailable, match="no answer"):
        Outage("worker").sit_out(call, may_go_on=lambda: False)
