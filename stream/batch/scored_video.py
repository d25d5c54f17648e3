"""Runs the models over one video, decoding ahead of the device."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from models.predictor import Predictor
from stream.batch.clip_feed import ClipFeed, PreparedClip
from stream.batch.decoder import Decoder
from stream.batch.prediction import ClipBatcher, ScoredClip
from stream.batch.summary import StageSeconds
from stream.batch.wire import Ended, Opened
from stream.errors import DecodeError
from stream.sources.reader import MediaInfo


@dataclass(frozen=True)
class ScoredVideo:
    """A video that was read to its end."""

    media: MediaInfo
    ended: Ended
    stage_seconds: StageSeconds


def score_video(
    decoder: Decoder,
    predictors: Sequence[Predictor],
    *,
    on_clips: Callable[[Sequence[ScoredClip]], None],
    on_open: Callable[[MediaInfo], None] = lambda media: None,
) -> ScoredVideo:
    """Decode a video, plan its clips and score them; memory does not grow with its length.

    Args:
        decoder: plans the clips of exactly these predictors; it is closed at the end.
        predictors: what the clips are scored by.
        on_clips: called with the clips of a batch once they are scored; those of one model come in order.
        on_open: called once, when the source has said what it is.

    Raises:
        SourceRefused: the source is missing, not what it claims to be, or not allowed.
        SourceLost: a camera went away.
        DecodeError: the decoder crashed or hangs, or no frame could be used.
        PredictionFailed: a model failed on a clip.
    """
    batcher = ClipBatcher(predictors)
    depth = 2 * max(predictor.max_batch_size for predictor in predictors)
    media: MediaInfo | None = None
    ended: Ended | None = None
    num_clips = 0
    with ClipFeed(decoder, batcher.predictors, depth=depth) as feed:
        for item in feed:
            scored: Sequence[ScoredClip] = ()
            match item:
                case Opened(media):
                    on_open(media)
                case PreparedClip():
                    scored = batcher.push(item)
                case Ended():
                    ended, scored = item, batcher.finish()
            num_clips += len(scored)
            if scored:
                on_clips(scored)
    if media is None or ended is None or not num_clips:
        raise DecodeError(f"{decoder.name}: required at least one frame that can be used, {_found(ended)}")
    stages = StageSeconds(ended.decode_seconds, ended.resize_seconds, feed.prepare_seconds, batcher.predict_seconds)
    return ScoredVideo(media, ended, stages)


def _found(ended: Ended | None) -> str:
    if ended is None:
        return "found none"
    return f"found {ended.num_frames} frames, {ended.num_damaged} of them damaged"
