"""Addresses of sources as people write them: checked, absolute, and with secrets filled in from the environment."""

import os
import re
from pathlib import Path
from urllib.parse import quote

from stream.errors import SourceRefused
from stream.sources.url import file_path, is_camera, parse_camera_url, redact_url

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


def complete_address(written: str) -> str:
    """Return an address as an ingester wants it.

    `${NAME}` stands for a variable of the environment, so that a camera's password is in no file and on no command
    line; its special characters are escaped. A path is made absolute: the ingester runs in a folder of its own.

    Raises:
        ValueError: a variable is not set, or nothing can be read from such an address.
    """
    address = _VARIABLE.sub(lambda variable: _value(variable[1], written), written)
    try:
        if is_camera(address):
            parse_camera_url(address)
            return address
        return str(Path(file_path(address)).resolve())
    except SourceRefused as error:
        raise ValueError(str(error)) from error


def _value(name: str, written: str) -> str:
    value = os.environ.get(name)
    if value is None:
        raise ValueError(f"{redact_url(written)}: the environment has no variable {name}; set it, or write the value")
    return quote(value, safe="")
