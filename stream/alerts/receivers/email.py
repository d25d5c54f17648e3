"""E-mail by SMTP."""

import json
import smtplib
import ssl
from dataclasses import dataclass, field
from email.message import EmailMessage

from stream.alerts.notices import Notice
from stream.alerts.subscriptions import Subscription
from stream.errors import ReceiverFailed

FOOTER = "Vigil is an advisory system, not a primary medical alarm."


@dataclass(frozen=True)
class MailServer:
    """The server that takes our mail."""

    host: str | None
    port: int = 587
    username: str | None = None
    password: str = field(default="", repr=False)
    sender: str = "vigil@localhost"
    starttls: bool = True


class EmailReceiver:
    """Sends one plain message a notice, under a Message-ID that is the same at every try."""

    def __init__(self, server: MailServer, *, timeout_seconds: float) -> None:
        self._server, self._timeout_seconds = server, timeout_seconds

    def deliver(self, subscription: Subscription, notice: Notice) -> str:
        """Send the mail and return who took it.

        Raises:
            ReceiverFailed: it was not taken; final when the address does not exist.
        """
        server = self._server
        if not server.host:
            raise ReceiverFailed("no mail server is configured; set watch.smtp.host")
        address = subscription.receiver["to"]
        try:
            with smtplib.SMTP(server.host, server.port, timeout=self._timeout_seconds) as smtp:
                if server.starttls:
                    smtp.starttls(context=ssl.create_default_context())
                if server.username:
                    smtp.login(server.username, server.password)
                smtp.send_message(_message(server.sender, address, notice))
        except smtplib.SMTPRecipientsRefused as error:
            code, text = error.recipients[address]
            raise ReceiverFailed(f"{address} was refused: {code} {text!r}", is_final=code in (550, 551, 553)) from error
        except smtplib.SMTPAuthenticationError as error:
            raise ReceiverFailed(f"{server.host} refused the sign-in of watch.smtp: {error.smtp_code}") from error
        except (smtplib.SMTPException, OSError) as error:
            raise ReceiverFailed(f"{server.host}:{server.port} did not take the mail: {error}") from error
        return f"taken by {server.host}"


def _message(sender: str, address: str, notice: Notice) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, address, notice.title
    message["Message-ID"] = f"<{notice.message_id}@{sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    values = json.loads(notice.body)["data"]
    lines = [f"{name}: {value}" for name, value in values.items() if value is not None]
    message.set_content("\n".join([notice.title, "", *lines, "", FOOTER, ""]))
    return message
