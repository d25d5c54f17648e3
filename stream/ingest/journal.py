"""An append-only file of what an ingester produced: a witness beside the server, for checking the account."""

from collections.abc import Iterable
from pathlib import Path

from stream.messages import InferenceRequest


class Journal:
    """Writes a line before and after each handing over of clips: `offered` or `accepted`, source, model, entry id.

    A clip that was offered and not accepted may or may not be on the server; every accepted one is.
    """

    def __init__(self, path: Path) -> None:
        self._file = path.open("a", encoding="utf-8")

    def offered(self, requests: Iterable[InferenceRequest]) -> None:
        self._write("offered", requests)

    def accepted(self, requests: Iterable[InferenceRequest]) -> None:
        self._write("accepted", requests)

    def _write(self, word: str, requests: Iterable[InferenceRequest]) -> None:
        lines = [f"{word} {request.source_id} {request.model} {request.entry_id}\n" for request in requests]
        self._file.write("".join(lines))
        self._file.flush()
