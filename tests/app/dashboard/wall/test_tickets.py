"""Tickets open the wall's socket for a minute, and only for pages of this process."""

import pytest

from app.dashboard.wall.tickets import TicketOffice


def test_ticket_is_good_until_its_time_is_over() -> None:
    now = [1000.0]
    office = TicketOffice(lifetime_seconds=60, clock=lambda: now[0])
    ticket = office.issue()
    assert office.accepts(ticket)
    now[0] += 59.9
    assert office.accepts(ticket)
    now[0] += 0.2
    assert not office.accepts(ticket)


def test_ticket_of_another_process_is_refused() -> None:
    assert not TicketOffice().accepts(TicketOffice().issue())


@pytest.mark.parametrize("ticket", ["", "~", "~~", "9e99~x~y", "inf~nonce~signature", "größe~ß~ß", "\x00"])
def test_made_up_ticket_is_refused(ticket: str) -> None:
    assert not TicketOffice().accepts(ticket)


def test_ticket_with_a_longer_life_is_refused() -> None:
    office = TicketOffice()
    expiry, nonce, signature = office.issue().split("~")
    assert not office.accepts(f"{float(expiry) + 1000:.3f}~{nonce}~{signature}")


def test_two_tickets_differ() -> None:
    office = TicketOffice(clock=lambda: 0.0)
    assert office.issue() != office.issue()
