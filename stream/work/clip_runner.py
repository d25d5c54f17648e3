"""Takes clips from their requests to what becomes of them: frames gathered, prepared, put through the model."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from models.predictor import Predictor, Prepared
from models.results import Result, result_to_json
from models.samples import FramesMissing, Passage
from stream.errors import BrokerUnavailable, FramesGone
from stream.messages import InferenceRequest, InferenceResult
from stream.queue.deliveries import Delivery, Ending
from stream.work.chunk_cache import ChunkCache, ChunkReader
from stream.work.clip_loader import load_clip, open_passage
from stream.work.scoring import score_batch
from stream.work.worker_report import WorkerReport

NUM_PREPARING_THREADS = 2
FRAME_SERVER_RETRY_SECONDS = 0.2

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Job:
    """A clip in hand, being prepared or prepared."""

    delivery: Delivery
    prepared: Future[Prepared]


class ClipRunner:
    """Prepares clips in threads of its own and runs the models in the thread of the caller.

    It knows no server: what becomes of a clip is returned, and the caller makes it known.
    """

    def __init__(
        self,
        frame_store: ChunkReader,
        predictors: Mapping[str, Predictor],
        *,
        worker_id: str,
        report: WorkerReport,
        stop: threading.Event,
    ) -> None:
        self._chunks = ChunkCache(frame_store)
        self._predictors = predictors
        self._worker_id = worker_id
        self._report = report
        self._stop = stop
        self._pool = ThreadPoolExecutor(NUM_PREPARING_THREADS, thread_name_prefix="prepare")

    def take(self, delivery: Delivery) -> Job:
        """Begin to prepare a clip."""
        return Job(delivery, self._pool.submit(self._prepare, delivery))

    def outcomes(self, jobs: Sequence[Job]) -> list[Ending | Exception]:
        """Run clips of one model; return for each how it ends, or why it failed.

        Raises:
            BrokerUnavailable: the server of the frames is away and the worker is to stop.
        """
        outcomes: dict[int, Ending | Exception] = {}
        to_score = []
        for index, job in enumerate(jobs):
            if (obstacle := _obstacle(job)) is None:
                to_score.append(index)
            else:
                outcomes[index] = obstacle
        results = self._predict([jobs[index] for index in to_score]) if to_score else []
        for index, result in zip(to_score, results, strict=True):
            outcomes[index] = self._ending(jobs[index].delivery, result)
        return [outcomes[index] for index in range(len(jobs))]

    def close(self) -> None:
        """Forget the clips that are not prepared yet."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _prepare(self, delivery: Delivery) -> Prepared:
        predictor = self._predictors[delivery.stream.model]
        request = delivery.request
        if predictor.accepts is Passage:
            passage = open_passage(request, self._chunks)
            return self._patiently(request, lambda: predictor.prepare(passage))
        return predictor.prepare(self._patiently(request, lambda: load_clip(request, self._chunks)))

    def _patiently(self, request: InferenceRequest, read: Callable[[], Answer]) -> Answer:
        """Read frames; while their server is away, wait for it as long as the clip is of use."""
        while True:
            try:
                return read()
            except BrokerUnavailable as error:
                if time.time() > request.deadline_at:
                    raise FramesGone(f"the frames could not be had before the clip's deadline: {error}") from error
                if self._stop.wait(FRAME_SERVER_RETRY_SECONDS):
                    raise

    def _predict(self, jobs: Sequence[Job]) -> list[Result | Exception]:
        predictor = self._predictors[jobs[0].delivery.stream.model]
        began_at = time.monotonic()
        results = score_batch(predictor, [job.prepared.result() for job in jobs])
        seconds = time.monotonic() - began_at
        self._report.add_batch(num_clips=len(jobs), max_batch_size=predictor.max_batch_size, seconds=seconds)
        return results

    def _ending(self, delivery: Delivery, result: Result | Exception) -> Ending | Exception:
        if isinstance(result, FramesMissing):
            return Ending.dropped(delivery, "frames_gone")
        if isinstance(result, Exception):
            return result
        try:
            return Ending.scored(delivery, self._message(delivery, result))
        except ValueError as error:  # a number that JSON cannot carry: NaN, infinity
            return error

    def _message(self, delivery: Delivery, result: Result) -> InferenceResult:
        request, predictor = delivery.request, self._predictors[delivery.stream.model]
        frame_seconds = 1 / predictor.clip_spec.frame_rate_hz if predictor.clip_spec else 0.0
        return InferenceResult(
            source_id=request.source_id,
            model=request.model,
            epoch=request.epoch,
            clip_index=request.clip_index,
            result=result_to_json(result),
            start_seconds=request.clip_pts_seconds[0],
            end_seconds=request.clip_pts_seconds[-1] + frame_seconds,
            captured_at=request.captured_at,
            produced_at=request.produced_at,
            finished_at=time.time(),
            worker_id=self._worker_id,
            weights_sha256=predictor.card.weights_sha256,
            deliveries=delivery.deliveries,
            lag_seconds=request.pts_seconds[-1] - request.clip_pts_seconds[-1],
        )


def _obstacle(job: Job) -> Ending | Exception | None:
    """Return why a clip does not go to the model; None when it does."""
    if job.delivery.request.deadline_at < time.time():
        job.prepared.cancel()
        return Ending.dropped(job.delivery, "late")
    try:
        job.prepared.result()
    except (FramesGone, FramesMissing):
        return Ending.dropped(job.delivery, "frames_gone")
    except BrokerUnavailable:
        raise  # no fault of the clip
    except Exception as error:
        return error
    return None
