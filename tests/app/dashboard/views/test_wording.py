"""Words on the pages: text from elsewhere stays text."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from app.dashboard.views.wording import clock, duration, plain, standing
from stream.messages import Alert, AlertState

MARKDOWN = MarkdownIt("commonmark", {"html": True})


@given(st.text())
def test_plain_text_survives_markdown_as_itself(text: str) -> None:
    (paragraph,) = [token for token in MARKDOWN.parse("x" + plain(text)) if token.type == "inline"] or [None]
    children = paragraph.children or [] if paragraph else []
    assert {child.type for child in children} <= {"text", "text_special"}
    shown = "".join(child.content for child in children)
    assert shown == ("x" + " ".join(text.split())).replace("\0", "\ufffd")


@pytest.mark.parametrize("text", [":material/home:", ":red[alarm]", "$x^2$", "<script>alert(1)</script>", ":smile:"])
def test_streamlit_markup_is_escaped(text: str) -> None:
    assert all(plain(text)[index - 1] == "\\" for index, sign in enumerate(plain(text)) if sign in ":[]$<>/^")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(None, "unknown"), (0.25, "250 ms"), (12.34, "12.3 s"), (600, "10 min"), (7200, "2.0 h")],
)
def test_duration_is_told_in_the_unit_that_suits_it(seconds: float | None, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("state", "num_episodes", "text"),
    [
        ("active", 1, "Goes on."),
        ("latched", 1, "Over, not acknowledged."),
        ("latched", 3, "Over, not acknowledged. 3 times since then, the last at 15 Jan 08:01:40."),
    ],
)
def test_open_alert_says_whether_it_goes_on_and_how_often_it_came(
    state: AlertState, num_episodes: int, text: str
) -> None:
    alert = Alert("a", "r", "bed1", "fall", "high", "behaviour", state, "Fall", 1.8e9, 1.8e9, num_episodes=num_episodes)
    assert standing(replace(alert, episode_at=1.8e9 + 100)) == text


@pytest.mark.parametrize(("seconds", "told"), [(0, "0:00"), (7.4, "0:07"), (750, "12:30"), (3725, "1:02:05")])
def test_lengths_are_told_as_on_a_clock(seconds: float, told: str) -> None:
    assert clock(seconds) == told
