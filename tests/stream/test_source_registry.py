"""The registry of sources: what is stored comes back, and every change can be seen."""

import json
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.predictor import ClipSpec
from stream.bus import Bus
from stream.source_registry import SourceRegistry, StoredSource

SPEC = ClipSpec(num_frames=16, frame_rate_hz=12.5, stride_seconds=0.64, short_side=128)
WARD = StoredSource("ward-3", "rtsp://user:s3cret@camera/1", {"bedside_i3d": SPEC}, privacy="clear")


@pytest.fixture
def registry(bus: Bus) -> SourceRegistry:
    return SourceRegistry(bus)


@given(
    st.text(string.ascii_letters + string.digits, min_size=1, max_size=64),
    st.text(min_size=1),
    st.booleans(),
    st.sampled_from(["pixelated", "clear"]),
    st.dictionaries(st.text(min_size=1), st.sampled_from([SPEC, ClipSpec(1, 5.0, 0.2, 64)]), min_size=1),
)
def test_a_stored_source_comes_back_equal(source_id, url, loop, privacy, models) -> None:  # type: ignore[no-untyped-def]
    source = StoredSource(source_id, url, models, loop, privacy)
    assert StoredSource.decode(source.encode()) == source


def test_sources_are_added_replaced_and_removed(registry: SourceRegistry) -> None:
    registry.add(WARD)
    registry.add(StoredSource("echo", "/cines/a.dcm", {"optical_flow": SPEC}, loop=True))
    assert list(registry.all()) == ["echo", "ward-3"]
    assert registry.get("ward-3") == WARD
    registry.add(StoredSource("ward-3", "/other.mp4", {"bedside_i3d": SPEC}))
    assert registry.all()["ward-3"].url == "/other.mp4"
    assert registry.remove("ward-3") is True
    assert registry.remove("ward-3") is False
    assert registry.get("ward-3") is None


def test_the_revision_rises_with_every_change_and_only_then(registry: SourceRegistry) -> None:
    assert registry.revision() == 0
    registry.add(WARD)
    first = registry.revision()
    registry.add(WARD)
    assert registry.revision() == first > 0
    registry.remove("ward-3")
    assert registry.revision() > first


def test_the_digest_tells_changes_apart() -> None:
    changed = StoredSource(WARD.source_id, WARD.url, WARD.models, loop=True, privacy="clear")
    assert changed.digest != WARD.digest
    assert StoredSource.decode(WARD.encode()).digest == WARD.digest


def test_the_password_is_in_no_text_made_of_a_source() -> None:
    assert "s3cret" not in repr(WARD)
    assert "s3cret" not in WARD.redacted_url


@pytest.mark.parametrize("source_id", ["", "a b", "../x", "a\n", "-a", "x" * 65])
def test_an_id_that_cannot_be_a_name_is_refused(source_id: str) -> None:
    with pytest.raises(ValueError, match="a source's id must be up to 64 letters"):
        StoredSource(source_id, "/a.mp4", {"m": SPEC})


@pytest.mark.parametrize(
    ("change", "reason"),
    [({"url": ""}, "needs a path"), ({"models": {}}, "at least one model"), ({"privacy": "x"}, "pixelated or clear")],
)
def test_a_source_that_cannot_run_is_refused(change: dict[str, object], reason: str) -> None:
    with pytest.raises(ValueError, match=f"cam.* {reason}"):
        StoredSource(**{"source_id": "cam", "url": "/a.mp4", "models": {"m": SPEC}, **change})


@pytest.mark.parametrize(
    "payload", [b"", b"\xff", b"[]", b"{}", b'{"models": 3}', json.dumps({"source_id": "a", "models": {}}).encode()]
)
def test_a_payload_that_is_no_source_is_refused(payload: bytes) -> None:
    with pytest.raises(ValueError, match="a stored source must be JSON"):
        StoredSource.decode(payload)
