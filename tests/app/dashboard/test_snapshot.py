"""A value that is read for many viewers: fresh, stale, and never read by two threads at once."""

import threading

from app.dashboard.fuse import Fuse
from app.dashboard.snapshot import Cached
from stream.errors import BrokerUnavailable


class Clock:
    def __init__(self, now: float = 100.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


class Server:
    """Gives rising numbers, or fails."""

    def __init__(self) -> None:
        self.num_reads = 0
        self.is_down = False

    def read(self) -> int:
        self.num_reads += 1
        if self.is_down:
            raise BrokerUnavailable("the server must answer; it does not")
        return self.num_reads


def make(server: Server, clock: Clock) -> Cached[int]:
    return Cached(server.read, empty=0, ttl_seconds=1.0, clock=clock, wall_clock=clock)


def test_value_is_read_once_within_its_time() -> None:
    server, clock = Server(), Clock()
    cached = make(server, clock)
    assert [cached.get().value, cached.get().value] == [1, 1]
    clock.now += 1.0
    assert cached.get().value == 2


def test_stale_value_says_since_when_and_keeps_saying_it() -> None:
    server, clock = Server(), Clock()
    cached = make(server, clock)
    cached.get()
    server.is_down = True
    for _ in range(3):
        clock.now += 5.0
        snapshot = cached.get()
        assert (snapshot.value, snapshot.stale_since) == (1, 100.0)
        assert "must answer" in snapshot.reason
    server.is_down = False
    clock.now += 5.0
    assert not cached.get().is_stale


def test_failed_read_is_not_repeated_before_its_time() -> None:
    server, clock = Server(), Clock()
    server.is_down = True
    cached = make(server, clock)
    for _ in range(5):
        assert cached.get().stale_since == 100.0
    assert server.num_reads == 1


def test_forgotten_value_is_read_again_at_once() -> None:
    server, clock = Server(), Clock()
    cached = make(server, clock)
    cached.get()
    cached.forget()
    assert cached.get().value == 2


def test_a_server_that_hangs_holds_one_thread_only() -> None:
    is_reading, may_answer = threading.Event(), threading.Event()
    clock = Clock()
    answers = iter([1, 2])

    def read() -> int:
        answer = next(answers)
        if answer == 2:
            is_reading.set()
            may_answer.wait(10)
        return answer

    cached = Cached(read, empty=0, ttl_seconds=1.0, clock=clock)
    cached.get()
    clock.now += 2.0
    slow = threading.Thread(target=cached.get)
    slow.start()
    assert is_reading.wait(10)
    assert cached.get().value == 1
    may_answer.set()
    slow.join(10)
    assert cached.get().value == 2


def test_one_failed_read_spares_the_others_the_wait() -> None:
    clock, first, second = Clock(), Server(), Server()
    fuse = Fuse(rest_seconds=1.0, clock=clock)
    cached = [
        Cached(fuse.through(server.read), empty=0, ttl_seconds=0.5, clock=clock, wall_clock=clock)
        for server in (first, second)
    ]
    first.is_down = True
    assert [value.get().is_stale for value in cached] == [True, True]
    assert (first.num_reads, second.num_reads) == (1, 0)
    first.is_down = False
    clock.now += 1.0
    assert [value.get().is_stale for value in cached] == [False, False]


def test_value_that_was_never_read_is_unknown_since_the_server_last_answered_anybody() -> None:
    clock, seen, unseen = Clock(), Server(), Server()
    fuse = Fuse(rest_seconds=1.0, clock=clock, wall_clock=clock)
    known, unknown = [
        Cached(
            fuse.through(server.read),
            empty=0,
            ttl_seconds=0.5,
            clock=clock,
            wall_clock=clock,
            answered_at=lambda: fuse.answered_at,
        )
        for server in (seen, unseen)
    ]
    clock.now += 7.0
    known.get()
    seen.is_down = unseen.is_down = True
    clock.now += 60.0
    snapshot = unknown.get()
    assert (snapshot.is_known, snapshot.is_stale, snapshot.stale_since) == (False, True, 107.0)
    assert known.get().is_known
    unseen.is_down = False
    clock.now += 2.0
    assert unknown.get().is_known
