"""What a model's card says of windows and streams."""

from dataclasses import replace
from typing import Any

import pytest

from models.predictor import ClipSpec, ModelCard
from models.serving import serve_as, serving_spec
from models.store.cards import public_cards


def card(**network_options: Any) -> ModelCard:
    return replace(public_cards()["i3d_rgb"], network_options=network_options)


def test_a_window_is_the_default_and_knows_nothing_around_it() -> None:
    assert serving_spec(card()) == card().clip_spec
    assert not serving_spec(card()).is_streamed


def test_a_card_that_was_evaluated_as_a_stream_is_served_as_one() -> None:
    evaluated = replace(card(), mode="stream")
    assert serving_spec(evaluated) == serving_spec(card(), "stream")
    assert serving_spec(evaluated, "window") == card().clip_spec


def test_a_centred_network_waits_for_48_frames() -> None:
    spec = serving_spec(card(), "stream")
    assert (spec.context_frames, spec.lookahead_frames) == (48, 48)
    assert spec.lag_seconds == pytest.approx(1.92)


def test_a_causal_network_has_no_lag() -> None:
    spec = serving_spec(card(is_causal=True), "stream")
    assert (spec.context_frames, spec.lookahead_frames, spec.lag_seconds) == (96, 0, 0.0)


def test_a_recent_mean_picture_widens_the_context() -> None:
    spec = serving_spec(card(is_causal=True, motion_gain=3.0, still_frames=18), "stream")
    assert spec.context_frames == 96 + 24


def test_the_served_card_states_the_clips_of_its_mode() -> None:
    served = serve_as(card(), "stream")
    assert (served.mode, served.clip_spec) == ("stream", serving_spec(card(), "stream"))


@pytest.mark.parametrize(
    ("refused", "message"),
    [
        (replace(card(), network="cnn_lstm"), "i3d_rgb cannot be streamed: cnn_lstm has no streaming form"),
        (card(motion_gain=3.0), "the mean picture of the whole clip; use --mode window, or train it with still_frames"),
        (
            replace(card(), clip_spec=ClipSpec(num_frames=18, frame_rate_hz=5.0, stride_seconds=0.4, short_side=80)),
            "a multiple of 8 frames apart, they have 18 frames and start every 2",
        ),
        (replace(card(), clip_spec=None), "is not a model of video: its card states no clip_spec"),
    ],
)
def test_what_cannot_be_streamed_is_refused_with_the_reason(refused: ModelCard, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        serving_spec(refused, "stream")
