"""Which addresses a webhook may reach."""

import pytest

from stream.alerts.receivers.url_policy import allowed_addresses
from stream.errors import ReceiverFailed


@pytest.mark.parametrize("host", ["127.0.0.1", "10.1.2.3", "192.168.0.5", "::1", "fd00::1", "localhost"])
def test_private_addresses_are_reached_only_where_the_setting_allows_it(host: str) -> None:
    assert allowed_addresses(host, 80, allow_private=True)
    with pytest.raises(ReceiverFailed, match=r"which is private; set watch.allow_private_webhooks"):
        allowed_addresses(host, 80, allow_private=False)


@pytest.mark.parametrize(
    "host",
    ["169.254.169.254", "0.0.0.0", "224.0.0.1", "240.0.0.1", "::", "fe80::1", "ff02::1", "::ffff:169.254.169.254"],
)
@pytest.mark.parametrize("allow_private", [True, False])
def test_link_local_multicast_and_reserved_addresses_are_never_reached(host: str, allow_private: bool) -> None:
    with pytest.raises(ReceiverFailed, match="which no webhook may reach"):
        allowed_addresses(host, 80, allow_private=allow_private)


@pytest.mark.parametrize("host", ["::ffff:127.0.0.1", "2130706433", "0x7f.1"])
def test_other_spellings_of_loopback_are_seen_through(host: str) -> None:
    with pytest.raises(ReceiverFailed, match="which is private"):
        allowed_addresses(host, 80, allow_private=False)


def test_public_address_is_reached() -> None:
    assert allowed_addresses("93.184.216.34", 443, allow_private=False) == ["93.184.216.34"]


def test_unknown_host_is_named() -> None:
    with pytest.raises(ReceiverFailed, match=r"the host nowhere.invalid is unknown"):
        allowed_addresses("nowhere.invalid", 80, allow_private=True)
