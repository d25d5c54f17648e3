"""Where trained models lie: `<name>.safetensors` with `<name>.json`, its card, beside it.

Models that come with Vigil lie in `models/weights/`, imported and self-trained ones in `$VIGIL_MODELS_DIR` (else
`~/.local/share/vigil/models`), which comes first. The card holds the weights' SHA-256: a file that was changed
afterwards is refused.
"""

import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path

from models.predictor import ModelCard

SHIPPED_DIRECTORY = Path(__file__).resolve().parent.parent / "weights"
NAME_PATTERN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")


@dataclass(frozen=True)
class StoredModel:
    """A trained model on disk."""

    card: ModelCard
    weights_path: Path

    def check_weights(self) -> None:
        """Compare the weights with the card.

        Raises:
            ValueError: the weights are missing, or are not those that the card speaks of.
        """
        if not self.weights_path.is_file():
            raise ValueError(f"{self.weights_path} is missing, its card is there; import or train the model again")
        found = file_sha256(self.weights_path)
        if found != self.card.weights_sha256:
            raise ValueError(
                f"{self.weights_path} was changed after its card was written: the card says SHA-256 "
                f"{self.card.weights_sha256 or '(none)'}, the file has {found}; import or train the model again"
            )


def own_directory() -> Path:
    """Return the directory of imported and self-trained models; it may not exist yet."""
    return Path(os.environ.get("VIGIL_MODELS_DIR") or "~/.local/share/vigil/models").expanduser()


def calibration_path(name: str) -> Path:
    """Return where the calibration of a model for eight-bit arithmetic is kept; there may be none."""
    return own_directory() / "int8" / f"{name}.json"


def stored_names() -> list[str]:
    """Return the names of all trained models, sorted."""
    names = {card.stem for directory in _directories() for card in directory.glob("*.json")}
    return sorted(name for name in names if NAME_PATTERN.fullmatch(name))


def find_stored(name: str) -> StoredModel | None:
    """Return the trained model of that name, or None.

    Raises:
        ValueError: its card cannot be read, or is of another model.
    """
    if not NAME_PATTERN.fullmatch(name):
        return None
    for directory in _directories():
        card_path = directory / f"{name}.json"
        if card_path.is_file():
            card = ModelCard.load(card_path)
            if card.name != name:
                raise ValueError(f"{card_path} must be the card of {name!r}, it is that of {card.name!r}; rename it")
            return StoredModel(card, directory / f"{name}.safetensors")
    return None


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file's contents, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _directories() -> tuple[Path, ...]:
    return own_directory(), SHIPPED_DIRECTORY
