from stream.keys import RequestStream
from stream.queue.fair_share import FairShare

A, B, C = (RequestStream(name, "m") for name in "abc")


def test_who_was_served_longest_ago_comes_first_while_nobody_loses() -> None:
    fair = FairShare()
    for stream in (B, A, C):
        fair.record(stream, given=1, dropped=0)
    assert fair.order([A, B, C]) == [B, A, C]


def test_who_lost_most_comes_first() -> None:
    fair = FairShare()
    fair.record(A, given=5, dropped=1)
    fair.record(B, given=5, dropped=5)
    fair.record(C, given=5, dropped=0)
    assert fair.order([A, B, C]) == [B, A, C]


def test_old_losses_fade() -> None:
    fair = FairShare()
    fair.record(A, given=0, dropped=60)
    fair.record(B, given=9, dropped=1)
    for _ in range(1000):
        fair.record(A, given=1, dropped=0)
    assert fair.order([A, B]) == [B, A]


def test_streams_of_different_rates_lose_a_like_share() -> None:
    rates, fair = {A: 1.0, B: 1.5, C: 2.0}, FairShare()
    waiting, offered, given = dict.fromkeys(rates, 0.0), dict.fromkeys(rates, 0), dict.fromkeys(rates, 0)
    for _ in range(3000):
        for stream, rate in rates.items():
            waiting[stream] += rate
            dropped = max(0, int(waiting[stream]) - 8)
            waiting[stream] -= dropped
            offered[stream] += dropped
            fair.record(stream, given=0, dropped=dropped)
        for stream in [stream for stream in fair.order(rates) if waiting[stream] >= 1][:2]:
            waiting[stream] -= 1
            given[stream] += 1
            offered[stream] += 1
            fair.record(stream, given=1, dropped=0)
    losses = [1 - given[stream] / offered[stream] for stream in rates]
    assert min(losses) > 0.4
    assert max(losses) / min(losses) < 1.1


def test_lost_streams_are_forgotten() -> None:
    fair = FairShare()
    fair.record(A, given=0, dropped=9)
    fair.keep_only([B])
    assert fair.order([A, B]) == [A, B]
