"""The tables of the ledger."""

SCHEMA_VERSION = 1
"""Rises with every change of the tables, and of the states that `memory` holds."""

SCHEMA = """
CREATE TABLE memory (           -- position in the results, state of detectors and rules
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;

CREATE TABLE events (
    event_id TEXT PRIMARY KEY,
    source_id TEXT NOT NULL,
    started_at REAL NOT NULL,
    changed_at REAL NOT NULL,
    message TEXT NOT NULL       -- stream.messages.Event
) WITHOUT ROWID;
CREATE INDEX events_by_change ON events (changed_at);

CREATE TABLE alerts (           -- each alert as it is now
    alert_id TEXT PRIMARY KEY,
    source_id TEXT NOT NULL,
    state TEXT NOT NULL,
    revision INTEGER NOT NULL,
    changed_at REAL NOT NULL,
    message TEXT NOT NULL       -- stream.messages.Alert
) WITHOUT ROWID;
CREATE INDEX alerts_by_state ON alerts (state, changed_at);

CREATE TABLE acknowledgements (
    alert_id TEXT NOT NULL,
    who TEXT NOT NULL,
    note TEXT NOT NULL,
    at REAL NOT NULL
);

CREATE TABLE feed (             -- the tail of all changes, as followers see it
    feed_id INTEGER PRIMARY KEY,
    message TEXT NOT NULL
);

CREATE TABLE subscriptions (
    subscription_id TEXT PRIMARY KEY,
    message TEXT NOT NULL       -- stream.alerts.subscriptions.Subscription
) WITHOUT ROWID;

CREATE TABLE outbox (           -- one row a change of an alert and subscription, written with the change
    delivery_id INTEGER PRIMARY KEY AUTOINCREMENT,
    subscription_id TEXT NOT NULL,
    subject TEXT NOT NULL,      -- id of the alert, or of a test
    revision INTEGER NOT NULL,
    is_test INTEGER NOT NULL,
    message_id TEXT NOT NULL,   -- the same for every try, so that receivers can tell repeats
    notice TEXT NOT NULL,       -- what is sent
    status TEXT NOT NULL,       -- waiting, delivered, dead, withdrawn
    attempts INTEGER NOT NULL DEFAULT 0,
    last_outcome TEXT NOT NULL DEFAULT '',
    created_at REAL NOT NULL,
    next_attempt_at REAL NOT NULL,
    first_attempt_at REAL,
    finished_at REAL,
    UNIQUE (subscription_id, subject, revision)
);
CREATE INDEX outbox_waiting ON outbox (subscription_id, next_attempt_at) WHERE status = 'waiting';
CREATE INDEX outbox_settled ON outbox (finished_at) WHERE status <> 'waiting';

CREATE TABLE attempts (         -- the delivery log
    delivery_id INTEGER NOT NULL,
    at REAL NOT NULL,
    took_seconds REAL NOT NULL,
    outcome TEXT NOT NULL
);
CREATE INDEX attempts_by_delivery ON attempts (delivery_id)
"""
