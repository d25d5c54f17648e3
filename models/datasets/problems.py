"""What is wrong with a data set, all of it at once, each with file and line."""

from pathlib import Path

MAX_SHOWN = 50


class Problems:
    """Collects complaints, so that a person mends a data set in one go and not one line a run."""

    def __init__(self) -> None:
        self._complaints: list[str] = []

    def __len__(self) -> int:
        return len(self._complaints)

    def add(self, place: str | Path, complaint: str) -> None:
        """Note a complaint about a place, such as "annotations.csv:17"."""
        self._complaints.append(f"{place}: {complaint}")

    def raise_if_any(self) -> None:
        """Say what was found.

        Raises:
            ValueError: there were complaints; one line each.
        """
        if not self._complaints:
            return
        shown = self._complaints[:MAX_SHOWN]
        if len(self._complaints) > MAX_SHOWN:
            shown.append(f"... and {len(self._complaints) - MAX_SHOWN} more")
        raise ValueError("\n".join(shown))
