"""What is closed at the end of a `with`."""

from types import TracebackType
from typing import Self


class Closing:
    """Closes at the end of a `with`, whatever happened in it."""

    def close(self) -> None:
        """Release what is held; more than once does no harm."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class ClosingWriter(Closing):
    """Finishes its file at the end of a `with`, and throws it away after an error."""

    def close(self) -> None:
        """Finish the file and give it its name."""

    def abandon(self) -> None:
        """Remove what was written so far."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        else:
            self.abandon()
