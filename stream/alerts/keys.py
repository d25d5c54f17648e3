"""What the watcher's things are called on the server.

watcher:alive              id of the ledger whose watcher works; expires soon after it
watcher:heartbeat          last WatcherStatus
watcher:feed               stream of events and alerts as they change, entry id <feed id of the ledger>-0
watcher:open               hash of the open alerts by id
watcher:resolved           list of the last resolved alerts, newest first
watcher:requests           list of the ids of requests to the watcher
watcher:request:{id}       one request; expires when the asker has given up
watcher:reply:{id}         list with the one reply
"""

ALIVE = "watcher:alive"
HEARTBEAT = "watcher:heartbeat"
FEED = "watcher:feed"
OPEN_ALERTS = "watcher:open"
RESOLVED_ALERTS = "watcher:resolved"
REQUESTS = "watcher:requests"


def request_key(request_id: str) -> str:
    return f"watcher:request:{request_id}"


def reply_key(request_id: str) -> str:
    return f"watcher:reply:{request_id}"
