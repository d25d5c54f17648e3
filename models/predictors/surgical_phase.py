"""Recognises the phases of operations online, with one small memory an operation."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from models.networks.surgical_phase import PhaseState, PhaseSteps
from models.predictor import ClipSpec, ModelCard
from models.predictors.clip_classifier import require_clip, require_single_frames
from models.predictors.operation_store import KeptOperation, OperationStore
from models.results import Classification, Measurement, Result
from models.runtime.ready import ReadyNetwork
from models.samples import Clip, Sample
from models.surgical_phases import TIME_LEFT
from models.transforms import crop_centre, normalise_frames, resize_short_side

NUM_OPERATIONS = 64
"""Sources remembered at once; the one silent longest is forgotten first. Each takes less than 40 KB."""
NUM_REPEATABLE = 32
"""Results kept of each operation, so that a frame that comes twice is answered alike and counts once."""
PAUSE_SECONDS = 1200.0
"""After so long a silence another operation is thought to begin."""
KEEP_SECONDS = 5.0
"""So often what is remembered is kept on disk, where a folder was given."""

Order = int | float
"""Identities of live frames are larger than floats can tell apart."""
Remember = Callable[[Tensor, PhaseState | None], PhaseSteps]


@dataclass(frozen=True, eq=False)
class PreparedSecond:
    """One frame as the CNN's transforms left it, before the range is set."""

    frame: np.ndarray
    """uint8 RGB, (H, W, 3), cropped."""
    source_id: str
    frame_id: int | None
    pts_seconds: float


@dataclass(frozen=True, eq=False)
class _Operation:
    """What is remembered of one operation."""

    state: PhaseState | None = None
    seen_at: float = 0.0
    kept_at: float = float("-inf")
    last_order: Order = float("-inf")
    answers: OrderedDict[Order, Result] = field(default_factory=OrderedDict)


class SurgicalPhasePredictor:
    """Looks at one frame a second and says the phase, and how long it will go on, from all frames so far.

    A source is one operation until it falls back in time or is silent for twenty minutes; a camera that reconnects
    goes on where it was. Frames of a source must come in order; one that comes again gets the answer it had. With a
    folder to keep what it remembers in (`keep_state`), a new predictor goes on where one has died.

    Args:
        card: Its `clip_spec` and `labels` are what this predictor goes by.
        look: The CNN, (N, 3, H, W) to (N, numbers a frame).
        remember: The LSTM with its heads and the course, `SurgicalPhaseNet.follow`.
        input_size: Height and width of the central crop.
        max_batch_size: Frames worth handing over together.
        clock: Seconds, rising.
    """

    accepts: type[Sample] = Clip

    def __init__(
        self,
        card: ModelCard,
        *,
        look: ReadyNetwork,
        remember: Remember,
        input_size: tuple[int, int],
        max_batch_size: int,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        spec = require_single_frames(card)
        self.name = card.name
        self.card = card
        self.clip_spec: ClipSpec | None = spec
        self.max_batch_size = max_batch_size
        self._short_side = spec.short_side
        self._look = look
        self._remember = remember
        self._input_size = input_size
        self._clock = clock
        self._operations: OrderedDict[str, _Operation] = OrderedDict()
        self._store: OperationStore | None = None
        self._lock = threading.Lock()

    def keep_state(self, folder: Path) -> None:
        """Keep what is remembered of live sources in a folder from here on, and go on from what lies there."""
        self._store = OperationStore(folder, weights=self.card.weights_sha256, forget_seconds=PAUSE_SECONDS)

    def prepare(self, sample: Sample) -> PreparedSecond:
        clip = require_clip(sample, self.clip_spec, self.name)
        frame = crop_centre(resize_short_side(clip.frames, self._short_side), self._input_size)[0]
        frame_id = clip.frame_ids[0] if clip.frame_ids else None
        return PreparedSecond(frame, clip.source_id, frame_id, float(clip.pts_seconds[0]))

    @torch.inference_mode()
    def predict(self, prepared: Sequence[PreparedSecond]) -> list[Result]:
        if not prepared:
            return []
        described = self._look(torch.from_numpy(normalise_frames(np.stack([second.frame for second in prepared]))))
        with self._lock:
            # Nothing is remembered until all is known: a batch that fails can be tried again.
            changed: dict[str, _Operation] = {}
            results = [
                self._answer(changed, second, row) for second, row in zip(prepared, described.float(), strict=True)
            ]
            self._keep(changed)
        return results

    def _answer(self, changed: dict[str, _Operation], second: PreparedSecond, described: Tensor) -> Result:
        operation = self._operation_of(changed, second)
        order = _order(second)
        if order in operation.answers:
            return operation.answers[order]
        if order < operation.last_order:  # late, and never answered: what is known now is the best answer
            return next(reversed(operation.answers.values()))
        steps = self._remember(described[None, None], operation.state)
        result = self._result(steps)
        answers = OrderedDict([*operation.answers.items(), (order, result)][-NUM_REPEATABLE:])
        changed[second.source_id] = _Operation(steps.state, self._clock(), operation.kept_at, order, answers)
        return result

    def _operation_of(self, changed: dict[str, _Operation], second: PreparedSecond) -> _Operation:
        """Return the operation that a frame belongs to: the one at hand, or a new one."""
        known = changed.get(second.source_id) or self._remembered(second)
        if known is None or self._clock() - known.seen_at > PAUSE_SECONDS:
            return _Operation()
        return _Operation() if _order(second) < next(iter(known.answers)) else known

    def _remembered(self, second: PreparedSecond) -> _Operation | None:
        """Return what is remembered here of a source or, after a silence, what another predictor kept since."""
        known = self._operations.get(second.source_id)
        if known and self._clock() - known.seen_at < 2 * KEEP_SECONDS:
            return known
        kept = self._find(second)
        return kept if kept and (known is None or kept.last_order > known.last_order) else known

    def _find(self, second: PreparedSecond) -> _Operation | None:
        """Return what another predictor kept of the operation, if there is any of use."""
        kept = self._store.find(second.source_id) if self._store and second.frame_id is not None else None
        if kept is None:
            return None
        answers: OrderedDict[Order, Result] = OrderedDict({kept.first_frame: kept.answer, kept.last_frame: kept.answer})
        return _Operation(kept.state, self._clock(), self._clock(), kept.last_frame, answers)

    def _result(self, steps: PhaseSteps) -> Classification:
        scores = steps.phase_logits[0, -1].softmax(0).tolist()
        least, middle, most = (round(value, 1) for value in steps.log_left[0, -1].expm1().clamp(min=0).tolist())
        left = Measurement(TIME_LEFT, middle, "s", (least, most))
        return Classification(self.card.labels, tuple(scores), measurements=(left,))

    def _keep(self, changed: dict[str, _Operation]) -> None:
        for source_id, operation in changed.items():
            is_due = self._store is not None and operation.seen_at - operation.kept_at >= KEEP_SECONDS
            self._operations[source_id] = replace(operation, kept_at=operation.seen_at) if is_due else operation
            self._operations.move_to_end(source_id)
            if is_due:
                self._write(source_id, operation)
        while len(self._operations) > NUM_OPERATIONS:
            self._operations.popitem(last=False)

    def _write(self, source_id: str, operation: _Operation) -> None:
        frames = [order for order in operation.answers if isinstance(order, int)]  # those of live sources
        if self._store and frames and operation.state:
            kept = KeptOperation(operation.state, operation.answers[frames[-1]], frames[0], frames[-1])
            self._store.keep(source_id, kept)


def _order(second: PreparedSecond) -> Order:
    """Return what rises from frame to frame of one source: its identity, where it has one, else its time."""
    return second.pts_seconds if second.frame_id is None else second.frame_id
