"""The one door to Redis or Valkey: connections, scripts, and failures in our own words."""

import re
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha1
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

import redis
from redis.backoff import NoBackoff
from redis.exceptions import NoScriptError, RedisError
from redis.retry import Retry

from stream.errors import BrokerUnavailable

_SCRIPTS = Path(__file__).parent / "lua"
_READY_POLL_SECONDS = 0.1


@dataclass(frozen=True)
class ScriptCall:
    """One call of a script: the keys it touches and its arguments (text, bytes and numbers)."""

    keys: Sequence[str]
    args: Sequence[object] = ()


class Bus:
    """A connection pool to the server, safe to share between threads.

    Whatever goes wrong on the server or on the way to it comes out as `BrokerUnavailable`, so nobody else needs
    to know the client library.
    """

    def __init__(self, client: "_Client", url: str) -> None:
        self._client = client
        self._address = _without_secrets(url)

    @classmethod
    def connect(cls, url: str, *, socket_timeout_seconds: float = 2.0) -> "Bus":
        """Return a bus to the server at an address; the first command makes the connection.

        Args:
            url: redis://, rediss:// or unix://, with user and password where the server wants them.
            socket_timeout_seconds: how long the server may take to accept a connection or to answer a command.

        Raises:
            ValueError: the address has another scheme.
        """
        if urlsplit(url).scheme not in ("redis", "rediss", "unix"):
            raise ValueError(
                f"the server's address must begin with redis://, rediss:// or unix://, got {_without_secrets(url)!r}"
            )
        client = cast(
            _Client,
            _Client.from_url(
                url,
                socket_timeout=socket_timeout_seconds,
                socket_connect_timeout=socket_timeout_seconds,
                # A repeated command is only harmless where its caller says so.
                retry=Retry(NoBackoff(), 0),
                protocol=2,
            ),
        )
        client.address = _without_secrets(url)
        return cls(client, url)

    @property
    def client(self) -> Any:
        """The `redis.Redis` client; replies are bytes. Typed Any: the library's types say `bytes | str` everywhere."""
        return self._client

    def ping(self) -> None:
        """Return when the server answers and may be used.

        Raises:
            BrokerUnavailable: it does not answer.
            ValueError: it is set to throw away keys when memory is short.
        """
        self.client.exists(
            "ready"
        )  # refused while the server still loads its file; unlike PING, not when its disk is full
        policy = self.client.info("memory").get("maxmemory_policy", "noeviction")
        if policy != "noeviction":
            raise ValueError(
                f"the server at {self._address} must keep what it was given: required maxmemory-policy noeviction, "
                f"found {policy}; run CONFIG SET maxmemory-policy noeviction, or name another server"
            )

    def wait_until_ready(self, timeout_seconds: float, stop: threading.Event | None = None) -> None:
        """Return when the server may be used, or when `stop` is set.

        Raises:
            BrokerUnavailable: it does not answer in time.
            ValueError: it is set to throw away keys when memory is short.
        """
        deadline = time.monotonic() + timeout_seconds
        stop = stop or threading.Event()
        while not stop.is_set():
            try:
                self.ping()
                return
            except BrokerUnavailable:
                if time.monotonic() > deadline:
                    raise
            stop.wait(_READY_POLL_SECONDS)

    def run(self, script: str, keys: Sequence[str], args: Sequence[object] = ()) -> Any:
        """Run a script of stream/lua/ on the server, as one step that nothing interrupts."""
        return self.run_many(script, [ScriptCall(keys, args)])[0]

    def run_many(self, script: str, calls: Iterable[ScriptCall]) -> list[Any]:
        """Run a script several times in one round trip; each call is a step of its own."""
        calls = list(calls)
        source = read_script(script)
        replies = self._evaluate(sha1(source.encode()).hexdigest(), calls)
        unknown = [index for index, reply in enumerate(replies) if isinstance(reply, NoScriptError)]
        if unknown:  # a server that has just started knows no scripts
            digest = self.client.script_load(source)
            for index, reply in zip(unknown, self._evaluate(digest, [calls[i] for i in unknown]), strict=True):
                replies[index] = reply
        for reply in replies:
            if isinstance(reply, RedisError):
                raise _in_our_words(reply, self._address) from reply
        return replies

    def close(self) -> None:
        self._client.close()

    def _evaluate(self, digest: str, calls: Sequence[ScriptCall]) -> list[Any]:
        pipeline = self.client.pipeline(transaction=False)
        for call in calls:
            pipeline.evalsha(digest, len(call.keys), *call.keys, *call.args)
        replies: list[Any] = pipeline.execute(raise_on_error=False)
        return replies


@cache
def read_script(name: str) -> str:
    """Return the text of stream/lua/<name>.lua, with the files it includes in their places."""
    text = (_SCRIPTS / f"{name}.lua").read_text(encoding="utf-8")
    return re.sub(r"^-- include (\w+)$", lambda match: read_script(match[1]), text, flags=re.MULTILINE)


class _Client(redis.Redis):
    """A client whose failures are BrokerUnavailable."""

    address = ""

    def execute_command(self, *args: Any, **options: Any) -> Any:
        return _translated(self.address, lambda: self._execute_command(*args, **options))  # type: ignore[no-untyped-call]

    def pipeline(self, transaction: bool = True, shard_hint: Any = None) -> "_Pipeline":
        pipeline = _Pipeline(self.connection_pool, self.response_callbacks, transaction, shard_hint)
        pipeline.address = self.address
        return pipeline


class _Pipeline(redis.client.Pipeline):
    """A pipeline whose failures are BrokerUnavailable."""

    address = ""

    def execute(self, raise_on_error: bool = True) -> list[Any]:
        replies: list[Any] = _translated(self.address, lambda: super(_Pipeline, self).execute(raise_on_error))
        return replies


def _translated(address: str, command: Callable[[], Any]) -> Any:
    try:
        return command()
    except NoScriptError:
        raise
    except (RedisError, OSError) as error:
        raise _in_our_words(error, address) from error


def _in_our_words(error: Exception, address: str) -> BrokerUnavailable:
    text = " ".join(str(error).split())
    if "MISCONF" in text:
        text = f"it refuses writes because it cannot write its file (is the disk full?): {text}"
    elif "command not allowed when used memory" in text:
        text = f"its memory is used up: {text}"
    return BrokerUnavailable(f"the server at {address} must answer; {type(error).__name__}: {text}")


def _without_secrets(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
