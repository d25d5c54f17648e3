"""Runs a predictor on a batch so that one bad clip, or a batch too large, never costs another clip its result."""

import gc
import logging
from collections.abc import Sequence

from models.predictor import Predictor, Prepared
from models.results import Result

logger = logging.getLogger(__name__)


def score_batch(predictor: Predictor, batch: Sequence[Prepared]) -> list[Result | Exception]:
    """Return for each sample its result, or the exception that it alone raises.

    A batch that does not fit into memory is run in halves; one that fails otherwise is run sample by sample.
    """
    try:
        results = predictor.predict(batch)
        if len(results) != len(batch):
            raise ValueError(f"{predictor.name} must return {len(batch)} results, one a sample; got {len(results)}")
        return list(results)
    except Exception as error:
        if len(batch) == 1:
            return [error]
        size = (len(batch) + 1) // 2 if is_out_of_memory(error) else 1
        logger.warning("%s failed on a batch of %d; trying %d at a time: %r", predictor.name, len(batch), size, error)
    gc.collect()
    return [
        outcome
        for start in range(0, len(batch), size)
        for outcome in score_batch(predictor, batch[start : start + size])
    ]


def is_out_of_memory(error: Exception) -> bool:
    """Whether the machine or the device ran out of memory."""
    return isinstance(error, MemoryError) or (isinstance(error, RuntimeError) and "out of memory" in str(error).lower())
