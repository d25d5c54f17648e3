"""From a clip request to the clip itself, alone or within its video."""

import numpy as np

from models.samples import Clip, FramesMissing, Passage
from stream.errors import FramesGone
from stream.messages import InferenceRequest
from stream.work.chunk_cache import ChunkCache


def load_clip(request: InferenceRequest, chunks: ChunkCache) -> Clip:
    """Gather the frames that a request names.

    Raises:
        FramesGone: a chunk has left the frame store.
        ValueError: the request names frames that its chunks do not have.
    """
    arrays = [chunks.get(request.source_id, chunk_id) for chunk_id in request.chunk_ids]
    try:
        frames = np.stack([arrays[chunk_index][frame_index] for chunk_index, frame_index in request.frame_refs])
    except (IndexError, ValueError) as error:
        shapes = [array.shape for array in arrays]
        raise ValueError(
            f"clip {request.entry_id} of {request.source_id!r} must name frames of one size within its chunks; "
            f"its chunks have shapes {shapes}: {error}"
        ) from error
    return Clip(frames, np.asarray(request.pts_seconds), request.source_id, request.frame_ids)


def open_passage(request: InferenceRequest, chunks: ChunkCache) -> Passage:
    """Return the clip within its video: frames are read when the model asks for them."""
    clip_start = request.first_point + request.num_before

    def read_frames(start: int, stop: int) -> np.ndarray:
        return np.stack([_frame(request, chunks, place) for place in reversed(range(start, stop))][::-1])

    return Passage(
        source_id=request.source_id,
        segment=request.epoch,
        start=request.first_point,
        clip_start=clip_start,
        clip_stop=clip_start + len(request.clip_pts_seconds),
        stop=request.first_point + len(request.frame_refs),
        is_last=request.is_last,
        read_frames=read_frames,
    )


def _frame(request: InferenceRequest, chunks: ChunkCache, place: int) -> np.ndarray:
    """Return one frame by its place in the epoch.

    Raises:
        FramesMissing: its chunk has left the frame store.
        ValueError: the request names a frame that its chunks do not have.
    """
    chunk_index, frame_index = request.frame_refs[place - request.first_point]
    try:
        return np.asarray(chunks.get(request.source_id, request.chunk_ids[chunk_index])[frame_index])
    except FramesGone as error:
        raise FramesMissing(str(error), place) from error
    except IndexError as error:
        raise ValueError(
            f"clip {request.entry_id} of {request.source_id!r} must name frames within its chunks, "
            f"names frame {frame_index} of chunk {chunk_index}"
        ) from error
