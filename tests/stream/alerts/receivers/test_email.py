"""E-mail, through a real SMTP server."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from stream.alerts.notices import alert_notice, trial_notice
from stream.alerts.receivers.email import EmailReceiver, MailServer
from stream.alerts.subscriptions import Subscription, new_subscription
from stream.errors import ReceiverFailed
from tests.stream.alerts.examples import make_alert
from tests.stream.alerts.web_endpoint import free_port


@dataclass
class Mailbox:
    """Takes mail for everybody but `nobody@...`."""

    taken: list[Envelope] = field(default_factory=list)

    async def handle_RCPT(  # noqa: N802 - the library's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address.startswith("nobody@"):
            return "550 no such person"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.taken.append(envelope)
        return "250 OK"


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def mail_server(mailbox: Mailbox) -> Iterator[MailServer]:
    controller = Controller(mailbox, hostname="127.0.0.1", port=free_port())
    controller.start()
    yield MailServer(host="127.0.0.1", port=controller.port, starttls=False, sender="vigil@hospital.example")
    controller.stop()


def mail_to(address: str) -> Subscription:
    return new_subscription(name="n", receiver={"kind": "email", "to": address})


def test_mail_says_what_happened_under_the_id_of_the_notice(mailbox: Mailbox, mail_server: MailServer) -> None:
    subscription = mail_to("ward@hospital.example")
    notice = alert_notice(subscription, make_alert())
    outcome = EmailReceiver(mail_server, timeout_seconds=5.0).deliver(subscription, notice)
    assert outcome == "taken by 127.0.0.1"
    (envelope,) = mailbox.taken
    assert envelope.rcpt_tos == ["ward@hospital.example"]
    mail = message_from_bytes(envelope.content or b"")  # type: ignore[arg-type]
    assert mail["Subject"] == "[Vigil] medium active: bed1: patient gets out of bed"
    assert mail["Message-ID"] == f"<{notice.message_id}@hospital.example>"
    text = mail.get_payload()
    assert "source_id: bed1" in text
    assert "not a primary medical alarm" in text


def test_address_that_does_not_exist_is_given_up_at_once(mail_server: MailServer) -> None:
    subscription = mail_to("nobody@hospital.example")
    with pytest.raises(ReceiverFailed, match=r"nobody@hospital.example was refused: 550") as failure:
        EmailReceiver(mail_server, timeout_seconds=5.0).deliver(subscription, trial_notice(subscription, 0.0))
    assert failure.value.is_final


def test_mail_server_that_is_missing_down_or_without_tls_is_named(mail_server: MailServer) -> None:
    subscription = mail_to("ward@hospital.example")
    cases = {
        "set watch.smtp.host": MailServer(host=None),
        "127.0.0.1:1 did not take the mail": MailServer(host="127.0.0.1", port=1),
        "STARTTLS": MailServer(host="127.0.0.1", port=mail_server.port, starttls=True),
    }
    for reason, server in cases.items():
        with pytest.raises(ReceiverFailed, match=reason):
            EmailReceiver(server, timeout_seconds=1.0).deliver(subscription, trial_notice(subscription, 0.0))


@pytest.mark.filterwarnings("ignore:Requiring AUTH:UserWarning")
def test_refused_sign_in_is_said_without_the_password(mailbox: Mailbox) -> None:
    def authenticate(*_: object) -> AuthResult:
        return AuthResult(success=isinstance(_[-1], LoginPassword) and _[-1].password == b"right", handled=False)

    controller = Controller(
        mailbox,
        hostname="127.0.0.1",
        port=free_port(),
        authenticator=authenticate,
        auth_require_tls=False,
        auth_required=True,
    )
    controller.start()
    try:
        subscription = mail_to("ward@hospital.example")
        for password, is_right in (("right", True), ("wrong-secret", False)):
            server = MailServer("127.0.0.1", controller.port, "vigil", password, starttls=False)
            receiver = EmailReceiver(server, timeout_seconds=5.0)
            assert password not in repr(server)
            if is_right:
                receiver.deliver(subscription, trial_notice(subscription, 0.0))
                continue
            with pytest.raises(ReceiverFailed, match=r"refused the sign-in of watch.smtp: 535") as failure:
                receiver.deliver(subscription, trial_notice(subscription, 0.0))
            assert password not in str(failure.value)
    finally:
        controller.stop()
