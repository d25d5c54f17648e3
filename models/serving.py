"""In which of two ways a model of video is served: window by window, or as a stream that computes each frame once.

A *window* is scored by itself: it knows nothing of the frames around it. In a *stream* the same windows are scored as
parts of the whole video. Their scores differ by what the padding at a window's ends does, so a model's card says in
which mode it was evaluated, and that mode is the default.
"""

from dataclasses import replace

from models.predictor import ClipSpec, ModelCard, ServingMode

FRAMES_PER_SLICE = 8
"""Frames of video to one slice of I3D's last feature map: the product of its temporal strides."""
SEEN_BEFORE = {"causal": 96, "centred": 48}
"""Frames before a window on which I3D's scores of it depend (91 and 44), in whole slices."""
SEEN_AFTER = {"causal": 0, "centred": 48}
"""Frames after a window on which they depend, in whole slices."""

_STREAMING_NETWORKS = ("i3d_rgb",)


def serving_spec(card: ModelCard, mode: ServingMode | None = None) -> ClipSpec:
    """Return the clips that a model wants when it is served in a mode.

    Args:
        card: Of a model that reads video.
        mode: None: as the model was evaluated.

    Raises:
        ValueError: the model reads no video, or cannot be streamed.
    """
    if card.clip_spec is None:
        raise ValueError(f"{card.name} is not a model of video: its card states no clip_spec")
    return card.clip_spec if (mode or card.mode) == "window" else _streaming_spec(card, card.clip_spec)


def serve_as(card: ModelCard, mode: ServingMode | None) -> ModelCard:
    """Return the card of a model as it is served in a mode: with the clips that it wants then.

    Raises:
        ValueError: the model cannot be streamed.
    """
    if card.clip_spec is None:
        return card
    return replace(card, clip_spec=serving_spec(card, mode), mode=mode or card.mode)


def num_frames_seen(*, is_causal: bool, still_frames: int) -> tuple[int, int]:
    """Return how many frames before and after a window an I3D's scores of it depend on.

    Args:
        is_causal: All temporal padding lies in the past.
        still_frames: Frames over which the mean picture is taken; 0: there is none.
    """
    form = "causal" if is_causal else "centred"
    mean_slices = -(-max(still_frames - 1, 0) // FRAMES_PER_SLICE)
    return SEEN_BEFORE[form] + mean_slices * FRAMES_PER_SLICE, SEEN_AFTER[form]


def _streaming_spec(card: ModelCard, spec: ClipSpec) -> ClipSpec:
    options = card.network_options
    if card.network not in _STREAMING_NETWORKS:
        raise ValueError(f"{card.name} cannot be streamed: {card.network} has no streaming form; use --mode window")
    if spec.num_frames % FRAMES_PER_SLICE or spec.stride_frames % FRAMES_PER_SLICE:
        raise ValueError(
            f"{card.name} cannot be streamed: its clips must be, and start, a multiple of {FRAMES_PER_SLICE} frames "
            f"apart, they have {spec.num_frames} frames and start every {spec.stride_frames}; use --mode window"
        )
    emphasises = any(options.get(gain, 1.0) != 1.0 for gain in ("motion_gain", "still_gain"))
    still_frames = int(options.get("still_frames", 0))
    if emphasises and not still_frames:
        raise ValueError(
            f"{card.name} cannot be streamed: it sees each frame against the mean picture of the whole clip; "
            "use --mode window, or train it with still_frames"
        )
    before, after = num_frames_seen(
        is_causal=bool(options.get("is_causal", False)), still_frames=still_frames if emphasises else 0
    )
    return replace(spec, context_frames=before, lookahead_frames=after)
