"""Answers to a camera's demand for a user name and password: Basic and Digest.

Source: RFC 7617 (Basic), RFC 7616 (Digest, with MD5 as cameras use it and SHA-256).
"""

import base64
import hashlib
import re
import secrets
from dataclasses import dataclass, field

_PARAMETER = re.compile(r'(\w+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,]+))')
_HASHES = {"MD5": hashlib.md5, "SHA-256": hashlib.sha256}


@dataclass
class Login:
    """A user's name and password, and what the camera last demanded."""

    username: str
    password: str = field(repr=False)
    _scheme: str = ""
    _parameters: dict[str, str] = field(default_factory=dict, repr=False)
    _num_uses: int = 0

    @property
    def is_demanded(self) -> bool:
        """Whether the camera has asked for a login that is known how to give."""
        return bool(self._scheme)

    def demand(self, challenges: list[str]) -> None:
        """Note what the camera's WWW-Authenticate headers ask for; the strongest known way is taken."""
        self._scheme, self._parameters, self._num_uses = "", {}, 0
        for challenge in sorted(challenges, key=_strength):
            scheme, _, rest = challenge.partition(" ")
            parameters = parse_parameters(rest)
            algorithm = parameters.get("algorithm", "MD5").upper()
            if scheme.lower() == "basic" or (scheme.lower() == "digest" and algorithm in _HASHES):
                self._scheme, self._parameters = scheme.lower(), parameters

    def answer(self, method: str, url: str) -> str:
        """Return the Authorization header of a request."""
        if self._scheme == "basic":
            pair = f"{self.username}:{self.password}".encode()
            return f"Basic {base64.b64encode(pair).decode()}"
        return self._digest(method, url)

    def _digest(self, method: str, url: str) -> str:
        given = self._parameters
        tail = ""
        if "auth" in re.split(r"[\s,]+", given.get("qop", "")):
            self._num_uses += 1
            given = {**given, "nc": f"{self._num_uses:08x}", "cnonce": secrets.token_hex(8)}
            tail = f', qop=auth, nc={given["nc"]}, cnonce="{given["cnonce"]}"'
        fields = {
            "username": self.username,
            "realm": given.get("realm", ""),
            "nonce": given.get("nonce", ""),
            "uri": url,
            "response": digest_response(self.username, self.password, method, url, given),
        }
        if "opaque" in given:
            fields["opaque"] = given["opaque"]
        if "algorithm" in given:
            tail += f", algorithm={given['algorithm']}"
        return "Digest " + ", ".join(f'{name}="{_escape(value)}"' for name, value in fields.items()) + tail


def parse_parameters(text: str) -> dict[str, str]:
    """Return the name="value" pairs of a challenge or an answer, names in lower case."""
    return {name.lower(): quoted or bare for name, quoted, bare in _PARAMETER.findall(text)}


def digest_response(username: str, password: str, method: str, url: str, parameters: dict[str, str]) -> str:
    """Return the proof that somebody knows the password.

    Args:
        username: of the user.
        password: of the user.
        method: of the request.
        url: of the request.
        parameters: realm, nonce and algorithm of the challenge; with cnonce and nc, the count and the client's own
            nonce enter the proof (quality of protection "auth").
    """
    algorithm = parameters.get("algorithm", "MD5")
    nonce = parameters.get("nonce", "")
    secret = _hash(algorithm, f"{username}:{parameters.get('realm', '')}:{password}")
    request = _hash(algorithm, f"{method}:{url}")
    if "cnonce" not in parameters:
        return _hash(algorithm, f"{secret}:{nonce}:{request}")
    return _hash(algorithm, f"{secret}:{nonce}:{parameters['nc']}:{parameters['cnonce']}:auth:{request}")


def _hash(algorithm: str, text: str) -> str:
    return _HASHES[algorithm.upper()](text.encode()).hexdigest()


def _escape(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"')


def _strength(challenge: str) -> int:
    lowered = challenge.lower()
    if not lowered.startswith("digest"):
        return 0
    return 2 if "sha-256" in lowered else 1
