"""From a clip request to the clip itself."""

import numpy as np

from models.samples import Clip
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
