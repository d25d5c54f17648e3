"""From the outputs of a network that read clips to results, as its card says what the outputs mean."""

from torch import Tensor

from models.predictor import ModelCard
from models.results import Classification, Measurement, Result


def answer_clips(outputs: Tensor, card: ModelCard) -> list[Result]:
    """Return one result a row of outputs.

    Args:
        outputs: (N, num_labels).
        card: says whether they are logits of which one is right, independent logits, or a number.

    Raises:
        ValueError: an output is not a number.
    """
    rows = outputs.float()
    if card.answer == "number":
        return [Measurement(card.labels[0], float(value), card.unit) for value in _finite(rows)[:, 0]]
    has_several = card.answer == "several_labels"
    scores = rows.sigmoid() if has_several else rows.softmax(1)
    return [Classification(card.labels, tuple(row), is_multi_label=has_several) for row in scores.tolist()]


def _finite(outputs: Tensor) -> Tensor:
    if not bool(outputs.isfinite().all()):
        raise ValueError("the network's output must be a number, it is not; its input or its weights are damaged")
    return outputs
