"""Addresses of sources, and how they are written where people and logs see them."""


def redact_url(url: str) -> str:
    """Return the address without user, password or secret query values; a path comes back as it is."""
    scheme, separator, rest = url.partition("://")
    if not separator:
        return url
    return f"{scheme}://{rest.rpartition('@')[2]}"
