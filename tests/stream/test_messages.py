import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.messages import (
    Alert,
    Event,
    InferenceRequest,
    InferenceResult,
    Message,
    SourceStatus,
    WorkerStatus,
)

MESSAGES = (InferenceRequest, InferenceResult, Event, Alert, SourceStatus, WorkerStatus)

floats = st.floats(allow_nan=False, allow_infinity=False)
st.register_type_strategy(float, floats)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | floats | st.text(),
    lambda children: st.lists(children).map(tuple) | st.dictionaries(st.text(), children),
    max_leaves=8,
)


def a_message() -> st.SearchStrategy[Message]:
    results = st.builds(InferenceResult, result=st.dictionaries(st.text(), st.text() | floats | st.integers()))
    others = st.one_of(*(st.builds(kind) for kind in MESSAGES if kind is not InferenceResult))
    return results | others


@given(message=a_message())
def test_decode_is_the_inverse_of_encode(message: Message) -> None:
    assert type(message).decode(message.encode()) == message


@pytest.mark.parametrize("kind", MESSAGES, ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("payload", [b"", b"\xff\xfe", b"[]", b"7", b"{}", b'{"type": "Other", "schema_version": 1}'])
def test_what_is_not_the_message_is_refused(kind: type[Message], payload: bytes) -> None:
    with pytest.raises(ValueError, match=kind.__name__):
        kind.decode(payload)


@given(message=a_message(), dropped=st.integers(min_value=0, max_value=100))
def test_a_message_with_a_foreign_field_is_refused(message: Message, dropped: int) -> None:
    record = {**json.loads(message.encode()), f"foreign_{dropped}": 1}
    with pytest.raises(ValueError, match="has no field"):
        type(message).decode(json.dumps(record).encode())


def test_a_message_of_another_schema_is_refused() -> None:
    record = {**json.loads(SourceStatus("bed1", "live").encode()), "schema_version": 2}
    with pytest.raises(ValueError, match="schema 1"):
        SourceStatus.decode(json.dumps(record).encode())


def test_a_message_that_lacks_a_field_is_refused() -> None:
    record = json.loads(SourceStatus("bed1", "live").encode())
    del record["state"]
    with pytest.raises(ValueError, match="incomplete"):
        SourceStatus.decode(json.dumps(record).encode())
