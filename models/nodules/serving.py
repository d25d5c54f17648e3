"""What the card of a nodule model says of how it is served."""

from dataclasses import dataclass

from models.predictor import ModelCard


@dataclass(frozen=True)
class NoduleOptions:
    """The `serving_options` of a card."""

    least_score: float = 0.5
    """Findings below it are not told."""

    @classmethod
    def of(cls, card: ModelCard) -> "NoduleOptions":
        """Read them from a card.

        Raises:
            ValueError: there is an option that no such model has, or it is out of range.
        """
        try:
            options = cls(**card.serving_options)
        except TypeError as error:
            raise ValueError(f"the card of {card.name} must state serving_options of nodules: {error}") from error
        if not 0 <= options.least_score <= 1:
            raise ValueError(f"the card of {card.name} must state a least_score in 0..1, got {options.least_score}")
        return options
