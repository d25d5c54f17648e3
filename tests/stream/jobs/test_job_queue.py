from dataclasses import replace

import pytest

from stream.bus import Bus
from stream.jobs.job import Job, JobStatus
from stream.jobs.job_queue import JobDelivery, JobQueue
from stream.keys import JOBS
from tests.stream.jobs.made_jobs import job


@pytest.fixture
def queue(bus: Bus) -> JobQueue:
    return JobQueue(bus)


def take(queue: JobQueue, consumer: str = "w1", *, lease_seconds: float = 60.0) -> JobDelivery | None:
    return queue.take(consumer, lease_seconds=lease_seconds, wait_seconds=0.02)


def taken(queue: JobQueue, consumer: str = "w1", *, lease_seconds: float = 60.0) -> JobDelivery:
    delivery = take(queue, consumer, lease_seconds=lease_seconds)
    assert delivery
    return delivery


def ended(of: Job) -> JobStatus:
    return replace(JobStatus.of(of), state="done", num_objects=2, outputs=("scan.jsonl",))


def test_messages_come_back_as_they_were() -> None:
    status = ended(job())
    assert JobStatus.decode(status.encode()) == status
    assert Job.decode(job("a#1").encode()).location == "a#1"


def test_jobs_are_given_in_order_once_each_and_end_with_what_became_of_them(queue: JobQueue, bus: Bus) -> None:
    first, second = job("one"), job("two")
    queue.submit([first, second])
    assert [status.state for status in queue.statuses()] == ["queued", "queued"]
    deliveries = [taken(queue, "w1"), taken(queue, "w2")]
    assert [delivery.job for delivery in deliveries] == [first, second]
    assert take(queue) is None
    assert queue.end(deliveries[0], ended(first))
    assert queue.status(first.job_id) == ended(first)
    assert bus.client.xlen(JOBS) == 1


def test_a_job_that_is_submitted_again_is_the_same_job(queue: JobQueue, bus: Bus) -> None:
    one = job()
    queue.submit([one])
    queue.submit([one])
    assert bus.client.xlen(JOBS) == 1


def test_an_empty_queue_gives_nothing(queue: JobQueue) -> None:
    assert take(queue) is None
    assert queue.status("nobody") is None
    assert queue.statuses() == []


def test_a_job_that_nobody_keeps_goes_to_another_and_what_the_first_says_of_it_counts_no_more(queue: JobQueue) -> None:
    one = job()
    queue.submit([one])
    slow = taken(queue, "slow")
    assert take(queue, "other") is None, "it is kept for the time of a lease"
    again = taken(queue, "other", lease_seconds=0)
    assert (again.job, again.deliveries) == (one, 2)
    assert queue.keep(slow, JobStatus.of(one)) == "lost"
    assert not queue.end(slow, ended(one))
    assert queue.try_again(slow) is None
    assert queue.end(again, ended(one))
    assert not queue.end(again, ended(one)), "it ends once"


def test_keeping_a_job_says_how_far_it_is_and_counts_no_delivery(queue: JobQueue) -> None:
    one = job()
    queue.submit([one])
    delivery = taken(queue)
    assert queue.keep(delivery, replace(JobStatus.of(one), state="running", num_done=3)) == "kept"
    status = queue.status(one.job_id)
    assert status
    assert (status.state, status.num_done) == ("running", 3)
    again = queue.try_again(delivery)
    assert again
    assert again.deliveries == 2


def test_a_job_that_is_given_back_is_taken_at_once_and_the_delivery_does_not_count(queue: JobQueue) -> None:
    one = job()
    queue.submit([one])
    queue.give_back(taken(queue, "leaving"), JobStatus.of(one))
    assert taken(queue, "other").deliveries == 1


def test_cancelling_a_job_that_waits_ends_it(queue: JobQueue) -> None:
    one = job()
    queue.submit([one])
    assert queue.cancel(one.job_id) == "cancelled"
    assert take(queue) is None
    status = queue.status(one.job_id)
    assert status
    assert (status.state, queue.cancel(one.job_id), queue.cancel("nobody")) == ("cancelled", "ended", "unknown")


def test_cancelling_a_job_that_is_read_asks_its_worker(queue: JobQueue) -> None:
    one = job()
    queue.submit([one])
    delivery = taken(queue)
    assert queue.cancel(one.job_id) == "asked"
    assert queue.keep(delivery, JobStatus.of(one)) == "cancel"


def test_an_entry_that_is_no_job_is_removed(queue: JobQueue, bus: Bus) -> None:
    queue.submit([job()])
    taken(queue)
    bus.client.xadd(JOBS, {"job": "{}"})
    assert take(queue) is None
    assert bus.client.xlen(JOBS) == 1
