"""Follows the mobilisation of a patient: every frame goes through the CNN once, then over time."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence

import torch
from torch import Tensor

from models.mobility import INPUT_SIZE, MEAN_BEFORE, PERSONNEL, see_changes
from models.mobility_steps import read_logits
from models.networks.mobility import STEPS_BEFORE
from models.predictor import ClipSpec, ModelCard
from models.predictors.clip_classifier import require_single_frames
from models.results import Classification, Measurement, Result
from models.runtime.ready import ReadyNetwork
from models.samples import FramesMissing, Passage, Sample
from models.transforms import resize_exactly

MAX_SEGMENTS = 64
"""Segments of sources whose described frames are kept, about 30 KB each; one that was forgotten is read anew."""

Follow = Callable[[Tensor], Tensor]


class MobilityPredictor:
    """Says of each step what goes on, where the patient is, who is there and how many of the staff take part.

    What it says depends on the passage alone: described frames are remembered for speed, and described again where
    they were not remembered.

    Args:
        card: Its `clip_spec` and `labels` are what this predictor goes by.
        look: The CNN, on what `models.networks.mobility.read_changes` made: (N, 5, H, W) to (N, numbers a frame).
        read: `models.networks.mobility.read_changes`.
        follow: The convolutions over time, (N, T, numbers a frame) to (N, T, logits).
        max_batch_size: Passages worth handing over together.
    """

    accepts: type[Sample] = Passage

    def __init__(
        self,
        card: ModelCard,
        *,
        look: ReadyNetwork,
        read: Callable[[Tensor], Tensor],
        follow: Follow,
        max_batch_size: int,
    ) -> None:
        self.name = card.name
        self.card = card
        self.clip_spec: ClipSpec | None = require_single_frames(card)
        self.max_batch_size = max_batch_size
        self._look = look
        self._read = read
        self._follow = follow
        self._described: OrderedDict[Hashable, dict[int, Tensor]] = OrderedDict()
        self._lock = threading.Lock()

    def prepare(self, sample: Sample) -> Passage:
        """Check a passage; its frames are read when it is known which of them are new.

        Raises:
            ValueError: the sample is no passage of single steps.
        """
        if not isinstance(sample, Passage):
            raise ValueError(
                f"{self.name} reads passages of video, got {type(sample).__name__} from {sample.source_id!r}; "
                "register the source anew, so that its clips are made for this model"
            )
        return sample

    @torch.inference_mode()
    def predict(self, prepared: Sequence[Passage]) -> list[Result]:
        with self._lock:
            return [self._answer(item) for item in prepared]

    def _answer(self, passage: Passage) -> Result:
        readable, start, known = self._describe(passage)
        steps = torch.stack([known[index] for index in range(start, passage.stop)])[None]
        logits = self._follow(steps)[0, passage.clip_start - start : passage.clip_stop - start]
        found = read_logits(logits.numpy())
        return Classification(
            self.card.labels,
            tuple(float(score) for score in found.scores.mean(axis=0).clip(0, 1)),
            is_multi_label=True,
            is_warming_up=passage.clip_start - readable < STEPS_BEFORE + MEAN_BEFORE,
            measurements=(Measurement(PERSONNEL, round(float(found.personnel.mean()), 3), "people"),),
        )

    def _describe(self, passage: Passage) -> tuple[int, int, dict[int, Tensor]]:
        """Return from which frame on the passage can be read, from which on it is described, and as what.

        Raises:
            FramesMissing: frames of the step itself are gone.
        """
        known, readable = self._known(passage), passage.start
        while True:
            start = max(passage.clip_start - STEPS_BEFORE, readable)
            missing = [index for index in range(start, passage.stop) if index not in known]
            if not missing:
                break
            try:
                known.update(self._look_at(passage, missing[0], readable))
            except FramesMissing as error:
                readable = error.index + 1
                if readable > passage.clip_start:
                    raise
        for index in [index for index in known if index < start]:
            del known[index]
        return readable, start, known

    def _look_at(self, passage: Passage, first: int, readable: int) -> dict[int, Tensor]:
        """Run the CNN over the frames of a passage from one on."""
        begin = max(first - MEAN_BEFORE, readable)
        frames = resize_exactly(passage.read_frames(begin, passage.stop), INPUT_SIZE)
        seen = torch.from_numpy(see_changes(frames, first=first - begin))
        return dict(enumerate(self._look(self._read(seen)).float(), first))

    def _known(self, passage: Passage) -> dict[int, Tensor]:
        key = (passage.source_id, passage.segment)
        known = self._described.setdefault(key, {})
        self._described.move_to_end(key)
        while len(self._described) > MAX_SEGMENTS:
            self._described.popitem(last=False)
        return known
