"""A clip in the hands of a consumer, and how it ends."""

from dataclasses import dataclass

from stream.keys import RequestStream
from stream.messages import InferenceRequest, InferenceResult


@dataclass(frozen=True)
class Delivery:
    """A clip that a consumer was given and that only this consumer may end."""

    stream: RequestStream
    entry_id: str
    consumer: str
    request: InferenceRequest
    deliveries: int = 1
    """How often the clip was given to anybody, this time included."""


@dataclass(frozen=True)
class DeliveryRound:
    """What one look at the leased streams brought."""

    deliveries: tuple[Delivery, ...]
    dropped: dict[RequestStream, int]
    """Clips that were dropped before delivery, as too many or too late."""
    positions: dict[RequestStream, str]
    """Where undelivered clips begin, for `RequestQueue.wait`; streams whose lease is not held are missing."""


@dataclass(frozen=True)
class Ending:
    """How a clip ends: scored with a result, dropped or dead for a reason."""

    delivery: Delivery
    counter: str
    """Field of the account that it counts for: scored, dead or dropped:<reason>."""
    record: bytes = b""
    """What is published with it: the result of a scored clip, the obituary of a dead one."""

    @classmethod
    def scored(cls, delivery: Delivery, result: InferenceResult) -> "Ending":
        """The model answered.

        Raises:
            ValueError: the result has a number that JSON cannot carry (NaN or infinity).
        """
        return cls(delivery, "scored", result.encode())

    @classmethod
    def dropped(cls, delivery: Delivery, reason: str) -> "Ending":
        """The clip is not worth scoring any more."""
        return cls(delivery, f"dropped:{reason}")

    @property
    def is_scored(self) -> bool:
        return self.counter == "scored"
