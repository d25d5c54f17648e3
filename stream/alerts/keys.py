"""What the watcher's things are called on the server.

watcher:heartbeat          WatcherStatus of the watcher that works; expires with it
watcher:feed               stream of events and alerts as they change, entry id <feed id of the ledger>-0
watcher:open               hash of the open alerts
watcher:requests           list of the ids of requests to the watcher
watcher:request:{id}       one request; expires when the asker has given up
watcher:reply:{id}         list with the one reply
"""

HEARTBEAT = "watcher:heartbeat"
FEED = "watcher:feed"
OPEN_ALERTS = "watcher:open"
REQUESTS = "watcher:requests"


def request_key(request_id: str) -> str:
    return f"watcher:request:{request_id}"


def reply_key(request_id: str) -> str:
    return f"watcher:reply:{request_id}"
