"""What Vigil's things are called on the server: every key in one place.

live:{source}:{model}      stream of clip requests, entry id <epoch>-<clip index>, consumer group `workers`
lease:{source}:{model}     name of the consumer that may deliver from that stream; expires
account:{source}:{model}   hash: produced, scored, dead, dropped:<reason>
dead:{source}              stream of the clips that were given up, newest kept
frames:{source}            hash: decoded, published, dropped:<reason>
gaps:{source}              stream of intervals that nobody watched, newest kept
open_gaps                  hash: the interval that goes on, of each source that nobody watches now
epoch:{source}             the last epoch that was started
streams, sources           sets: which of the above exist
results, latest            stream of results in the order of finishing; hash of the newest by source and model
workers, workers:models    sorted set of live workers by the time they are given up; hash of what each serves
status:sources, status:workers   hashes of the last report of each
jobs                       stream of offline jobs, consumer group `workers`
jobs:known                 sorted set of the ids of jobs by the time of their submission
job:{id}                   hash: status, entry (its id in the stream), cancel (somebody asked for that)
"""

from dataclasses import dataclass

GROUP = "workers"
STREAMS = "streams"
SOURCES = "sources"
OPEN_GAPS = "open_gaps"
RESULTS = "results"
LATEST = "latest"
LIVE_WORKERS = "workers"
WORKER_MODELS = "workers:models"
SOURCE_STATUS = "status:sources"
WORKER_STATUS = "status:workers"
JOBS = "jobs"
KNOWN_JOBS = "jobs:known"


@dataclass(frozen=True, order=True)
class RequestStream:
    """The clips of one source for one model: the unit of order, of leases and of the account."""

    source_id: str
    model: str

    @property
    def name(self) -> str:
        """`{source}:{model}`; neither part has a colon."""
        return f"{self.source_id}:{self.model}"

    @property
    def key(self) -> str:
        return f"live:{self.name}"

    @property
    def lease_key(self) -> str:
        return f"lease:{self.name}"

    @property
    def account_key(self) -> str:
        return f"account:{self.name}"

    @classmethod
    def parse(cls, name: str | bytes) -> "RequestStream":
        """Return the stream of that `name`."""
        source_id, _, model = (name.decode() if isinstance(name, bytes) else name).partition(":")
        return cls(source_id, model)


def dead_key(source_id: str) -> str:
    return f"dead:{source_id}"


def frames_key(source_id: str) -> str:
    return f"frames:{source_id}"


def gaps_key(source_id: str) -> str:
    return f"gaps:{source_id}"


def epoch_key(source_id: str) -> str:
    return f"epoch:{source_id}"


def job_key(job_id: str) -> str:
    return f"job:{job_id}"
