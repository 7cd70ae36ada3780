-- Other programs that are told what happens to cases. Equal tables in postgres/0028_webhooks.sql.

-- events: JSON list. failing_since: nothing was accepted since then; rests: why nothing is sent.
CREATE TABLE webhook (
    id INTEGER PRIMARY KEY,
    url TEXT NOT NULL,
    events TEXT NOT NULL,
    secret TEXT NOT NULL,
    rests TEXT,
    failing_since INTEGER,
    created_at INTEGER NOT NULL
) STRICT;

-- Written with the entry of the timeline that it tells of. facts: what may be said of it; body: as it was first sent, so that every
-- further try says the same. state: queued, delivered, failed.
CREATE TABLE webhook_delivery (
    id INTEGER PRIMARY KEY,
    webhook_id INTEGER NOT NULL REFERENCES webhook (id),
    message_id TEXT NOT NULL,
    event TEXT NOT NULL,
    case_id INTEGER REFERENCES case_file (id),
    at INTEGER NOT NULL,
    facts TEXT NOT NULL,
    body TEXT,
    state TEXT NOT NULL,
    tries INTEGER NOT NULL,
    next_at INTEGER NOT NULL,
    last_at INTEGER,
    last_status INTEGER,
    last_error TEXT
) STRICT;
CREATE INDEX webhook_delivery_due ON webhook_delivery (webhook_id, next_at, id) WHERE state = 'queued';
CREATE INDEX webhook_delivery_waiting ON webhook_delivery (webhook_id, case_id, id) WHERE state = 'queued';
CREATE INDEX webhook_delivery_log ON webhook_delivery (webhook_id, id);
CREATE INDEX webhook_delivery_done ON webhook_delivery (at) WHERE state <> 'queued';
CREATE INDEX webhook_delivery_case ON webhook_delivery (case_id) WHERE case_id IS NOT NULL;
