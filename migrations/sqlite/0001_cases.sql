-- Instants are microseconds UTC; enums are words. Equal tables in postgres/0001_cases.sql.

CREATE TABLE department (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    name_sr TEXT NOT NULL,
    name_en TEXT NOT NULL
) STRICT;

CREATE TABLE category (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    name_sr TEXT NOT NULL,
    name_en TEXT NOT NULL,
    class TEXT NOT NULL,
    department_id INTEGER REFERENCES department (id),
    parent_id INTEGER REFERENCES category (id)
) STRICT;

CREATE TABLE user_account (
    id INTEGER PRIMARY KEY,
    login TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    department_id INTEGER REFERENCES department (id),
    password_hash TEXT NOT NULL,
    active INTEGER NOT NULL DEFAULT 1,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE session (
    id TEXT PRIMARY KEY,
    data TEXT NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX session_expires ON session (expires_at);

CREATE TABLE api_token (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    hash TEXT NOT NULL UNIQUE,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE setup_link (
    hash TEXT PRIMARY KEY,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE template (
    key TEXT NOT NULL,
    language TEXT NOT NULL,
    words TEXT NOT NULL,
    PRIMARY KEY (key, language)
) STRICT, WITHOUT ROWID;

-- The last ordinal given out. Taken in the transaction that opens the case, so that there are no gaps.
CREATE TABLE number_series (
    class TEXT NOT NULL,
    year INTEGER NOT NULL,
    last INTEGER NOT NULL,
    PRIMARY KEY (class, year)
) STRICT, WITHOUT ROWID;

CREATE TABLE person (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    address TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE contact_point (
    id INTEGER PRIMARY KEY,
    person_id INTEGER NOT NULL REFERENCES person (id),
    kind TEXT NOT NULL,
    value TEXT NOT NULL,
    UNIQUE (kind, value)
) STRICT;
CREATE INDEX contact_point_person ON contact_point (person_id);

-- "case" is a word of SQL. The row is the projection of the case's events.
CREATE TABLE case_file (
    id INTEGER PRIMARY KEY,
    number TEXT NOT NULL UNIQUE,
    channel TEXT NOT NULL,
    status TEXT NOT NULL,
    category_id INTEGER NOT NULL REFERENCES category (id),
    -- The top of the category's branch, so that a branch is found as fast as a leaf.
    category_root_id INTEGER NOT NULL REFERENCES category (id),
    department_id INTEGER REFERENCES department (id),
    assignee_id INTEGER REFERENCES user_account (id),
    person_id INTEGER REFERENCES person (id),
    caller TEXT,
    summary TEXT NOT NULL,
    opened_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    -- When the citizen last called or wrote: a further text soon after belongs here.
    contact_at INTEGER NOT NULL,
    version INTEGER NOT NULL DEFAULT 1
) STRICT;
CREATE INDEX case_file_opened ON case_file (opened_at, id);
CREATE INDEX case_file_status ON case_file (status, opened_at, id);
CREATE INDEX case_file_channel ON case_file (channel, opened_at, id);
CREATE INDEX case_file_category ON case_file (category_id, opened_at, id);
CREATE INDEX case_file_category_root ON case_file (category_root_id, opened_at, id);
CREATE INDEX case_file_department ON case_file (department_id, opened_at, id);
CREATE INDEX case_file_assignee ON case_file (assignee_id, opened_at, id) WHERE assignee_id IS NOT NULL;
CREATE INDEX case_file_unassigned ON case_file (opened_at, id) WHERE assignee_id IS NULL;
CREATE INDEX case_file_person ON case_file (person_id, opened_at, id);

-- How many cases are in each status, so that nobody counts half a million rows.
CREATE TABLE case_count (
    status TEXT PRIMARY KEY,
    n INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO case_count (status, n) VALUES
    ('new', 0), ('forwarded', 0), ('in_progress', 0), ('answered', 0), ('closed', 0), ('reopened', 0);
CREATE TRIGGER case_file_counted AFTER INSERT ON case_file BEGIN
    UPDATE case_count SET n = n + 1 WHERE status = new.status;
END;
CREATE TRIGGER case_file_recounted AFTER UPDATE OF status ON case_file WHEN old.status <> new.status BEGIN
    UPDATE case_count SET n = n - 1 WHERE status = old.status;
    UPDATE case_count SET n = n + 1 WHERE status = new.status;
END;

-- What a case is found by: search keys of its number, person, telephone numbers and words.
CREATE TABLE case_search (
    case_id INTEGER PRIMARY KEY REFERENCES case_file (id),
    body TEXT NOT NULL
) STRICT;
CREATE VIRTUAL TABLE case_fts USING fts5 (
    body, content = '', contentless_delete = 1, detail = none, prefix = '2 3 4',
    tokenize = 'unicode61 remove_diacritics 0'
);
CREATE TRIGGER case_search_added AFTER INSERT ON case_search BEGIN
    INSERT INTO case_fts (rowid, body) VALUES (new.case_id, new.body);
END;
CREATE TRIGGER case_search_changed AFTER UPDATE ON case_search BEGIN
    DELETE FROM case_fts WHERE rowid = old.case_id;
    INSERT INTO case_fts (rowid, body) VALUES (new.case_id, new.body);
END;

-- The timeline. Appended to, never changed.
CREATE TABLE case_event (
    id INTEGER PRIMARY KEY,
    case_id INTEGER NOT NULL REFERENCES case_file (id),
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    actor_id INTEGER REFERENCES user_account (id),
    -- Name of the API token that acted.
    token TEXT,
    visibility TEXT NOT NULL,
    payload TEXT NOT NULL
) STRICT;
CREATE INDEX case_event_case ON case_event (case_id, id);
CREATE TRIGGER case_event_not_changed BEFORE UPDATE ON case_event BEGIN
    SELECT RAISE (ABORT, 'a timeline is never changed');
END;

-- One contact: a call or a text. Journaled before it is acknowledged; external_id makes a replay harmless.
CREATE TABLE interaction (
    id INTEGER PRIMARY KEY,
    external_id TEXT NOT NULL UNIQUE,
    channel TEXT NOT NULL,
    direction TEXT NOT NULL,
    state TEXT NOT NULL,
    caller_kind TEXT NOT NULL,
    caller TEXT,
    called TEXT NOT NULL,
    case_id INTEGER REFERENCES case_file (id),
    started_at INTEGER NOT NULL,
    answered_at INTEGER,
    ended_at INTEGER,
    ended_by TEXT,
    plan_revision TEXT,
    walk TEXT
) STRICT;
CREATE INDEX interaction_open ON interaction (id) WHERE state = 'open';

CREATE TABLE recording (
    id INTEGER PRIMARY KEY,
    interaction_id INTEGER NOT NULL REFERENCES interaction (id),
    case_id INTEGER REFERENCES case_file (id),
    path TEXT NOT NULL,
    state TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    length_ms INTEGER
) STRICT;
CREATE INDEX recording_interaction ON recording (interaction_id);
CREATE INDEX recording_case ON recording (case_id) WHERE case_id IS NOT NULL;

-- Parts of long texts. Kept after they are joined, so that a part that is delivered again is known.
CREATE TABLE message_part (
    id INTEGER PRIMARY KEY,
    external_id TEXT NOT NULL UNIQUE,
    caller_kind TEXT NOT NULL,
    sender TEXT NOT NULL,
    recipient TEXT NOT NULL,
    reference INTEGER NOT NULL,
    total INTEGER NOT NULL,
    idx INTEGER NOT NULL,
    -- UTF-16, big endian.
    units BLOB NOT NULL,
    arrived_at INTEGER NOT NULL,
    joined INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX message_part_waiting ON message_part (sender, reference) WHERE joined = 0;

-- Texts on their way out. State is written before and after the wire.
CREATE TABLE outbox (
    id INTEGER PRIMARY KEY,
    case_id INTEGER REFERENCES case_file (id),
    interaction_id INTEGER REFERENCES interaction (id),
    template TEXT,
    recipient TEXT NOT NULL,
    words TEXT NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    due_at INTEGER NOT NULL,
    error TEXT,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX outbox_due ON outbox (due_at, id) WHERE state = 'queued';
CREATE INDEX outbox_sending ON outbox (id) WHERE state = 'sending';
CREATE INDEX outbox_case ON outbox (case_id) WHERE case_id IS NOT NULL;
CREATE INDEX outbox_interaction ON outbox (interaction_id) WHERE interaction_id IS NOT NULL;

-- The network's ids of what it accepted; message_key is the id in its plainest notation.
CREATE TABLE outbox_part (
    id INTEGER PRIMARY KEY,
    outbox_id INTEGER NOT NULL REFERENCES outbox (id),
    link TEXT NOT NULL,
    message_id TEXT NOT NULL,
    message_key TEXT NOT NULL,
    state TEXT NOT NULL
) STRICT;
CREATE INDEX outbox_part_key ON outbox_part (message_key, link);
CREATE INDEX outbox_part_outbox ON outbox_part (outbox_id);

-- Reports that found no text yet: they may have overtaken the answer to the submit.
CREATE TABLE delivery_report (
    id INTEGER PRIMARY KEY,
    link TEXT NOT NULL,
    message_id TEXT NOT NULL,
    message_key TEXT NOT NULL,
    state TEXT NOT NULL,
    error TEXT,
    at INTEGER NOT NULL
) STRICT;
CREATE INDEX delivery_report_key ON delivery_report (message_key, link);
CREATE INDEX delivery_report_link ON delivery_report (link, id);
