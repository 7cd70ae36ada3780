-- Messages to many. Equal tables in postgres/0052_campaigns.sql.

-- ladder, message, hours: JSON, see domain/campaign. version grows with every change.
CREATE TABLE campaign (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    state TEXT NOT NULL,
    version INTEGER NOT NULL,
    ladder TEXT NOT NULL,
    message TEXT NOT NULL,
    hours TEXT NOT NULL,
    -- The number or name that its texts come from; none: that of the link.
    sender TEXT,
    -- Recipients begun in a minute at most.
    per_minute INTEGER,
    -- When it starts by itself once it is approved.
    start_at INTEGER,
    made_by INTEGER REFERENCES user_account (id),
    approved_by INTEGER REFERENCES user_account (id),
    -- Parts of all texts of the first step, as they were reckoned when it was prepared.
    parts INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    started_at INTEGER,
    ended_at INTEGER,
    -- Names and addresses of its recipients were taken out.
    forgotten_at INTEGER
) STRICT;
CREATE INDEX campaign_updated ON campaign (updated_at, id);
CREATE INDEX campaign_alive ON campaign (id) WHERE state IN ('preparing', 'approved', 'running', 'paused');
CREATE INDEX campaign_ended ON campaign (ended_at, id) WHERE forgotten_at IS NULL AND ended_at IS NOT NULL;

-- Whom it goes to: a segment (JSON as it was chosen) or an imported list. place: how far the segment is read when it is prepared.
CREATE TABLE campaign_source (
    id INTEGER PRIMARY KEY,
    campaign_id INTEGER NOT NULL REFERENCES campaign (id),
    name TEXT NOT NULL,
    segment TEXT,
    -- Of a list: its columns (JSON), rows that can be used, and rows that cannot.
    columns TEXT,
    usable INTEGER NOT NULL DEFAULT 0,
    faulty INTEGER NOT NULL DEFAULT 0,
    place INTEGER NOT NULL DEFAULT 0,
    done INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX campaign_source_campaign ON campaign_source (campaign_id, id);

-- What is wrong with rows of a list.
CREATE TABLE campaign_fault (
    id INTEGER PRIMARY KEY,
    source_id INTEGER NOT NULL REFERENCES campaign_source (id),
    line INTEGER NOT NULL,
    -- JSON.
    fault TEXT NOT NULL
) STRICT;
CREATE INDEX campaign_fault_source ON campaign_fault (source_id, id);

-- due_at: waiting: when the message may go; sending: when the time of the step is up.
CREATE TABLE campaign_recipient (
    id INTEGER PRIMARY KEY,
    campaign_id INTEGER NOT NULL REFERENCES campaign (id),
    source_id INTEGER NOT NULL REFERENCES campaign_source (id),
    person_id INTEGER REFERENCES person (id),
    name TEXT NOT NULL,
    phone TEXT,
    email TEXT,
    address TEXT NOT NULL,
    language TEXT,
    -- JSON, by the columns of the list; empty when there are none.
    fields TEXT NOT NULL,
    state TEXT NOT NULL,
    rung INTEGER NOT NULL,
    why TEXT,
    due_at INTEGER NOT NULL,
    -- By which way and when they were reached.
    reached_by TEXT,
    reached_at INTEGER,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX campaign_recipient_state ON campaign_recipient (campaign_id, state, id);
CREATE INDEX campaign_recipient_why ON campaign_recipient (campaign_id, why) WHERE state = 'skipped';
CREATE INDEX campaign_recipient_waiting ON campaign_recipient (campaign_id, rung, due_at, id) WHERE state = 'waiting';
CREATE INDEX campaign_recipient_sending ON campaign_recipient (campaign_id, due_at, id) WHERE state = 'sending';
CREATE INDEX campaign_recipient_person ON campaign_recipient (person_id, campaign_id) WHERE person_id IS NOT NULL;
CREATE INDEX campaign_recipient_phone ON campaign_recipient (phone, campaign_id) WHERE phone IS NOT NULL;
CREATE INDEX campaign_recipient_email ON campaign_recipient (email, campaign_id) WHERE email IS NOT NULL;
CREATE INDEX campaign_recipient_source ON campaign_recipient (source_id, id);

-- How many recipients stand where; kept with every change of them.
CREATE TABLE campaign_count (
    campaign_id INTEGER NOT NULL REFERENCES campaign (id),
    state TEXT NOT NULL,
    rung INTEGER NOT NULL,
    n INTEGER NOT NULL,
    PRIMARY KEY (campaign_id, state, rung)
) STRICT, WITHOUT ROWID;

-- Messages handed over in each minute: the pace, and with it the forecast of the end.
CREATE TABLE campaign_minute (
    campaign_id INTEGER NOT NULL REFERENCES campaign (id),
    minute INTEGER NOT NULL,
    begun INTEGER NOT NULL,
    PRIMARY KEY (campaign_id, minute)
) STRICT, WITHOUT ROWID;

-- What people did with it, and when it ended by itself.
CREATE TABLE campaign_event (
    id INTEGER PRIMARY KEY,
    campaign_id INTEGER NOT NULL REFERENCES campaign (id),
    at INTEGER NOT NULL,
    deed TEXT NOT NULL,
    actor_id INTEGER REFERENCES user_account (id),
    token TEXT,
    detail TEXT NOT NULL
) STRICT;
CREATE INDEX campaign_event_campaign ON campaign_event (campaign_id, id);

-- Kept choices of people. rule: JSON.
CREATE TABLE segment (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    rule TEXT NOT NULL,
    version INTEGER NOT NULL,
    made_by INTEGER REFERENCES user_account (id),
    updated_at INTEGER NOT NULL
) STRICT;

-- What a person is marked with, to be found again: of the survivor of a merge too.
CREATE TABLE person_tag (
    person_id INTEGER NOT NULL REFERENCES person (id),
    tag TEXT NOT NULL,
    PRIMARY KEY (person_id, tag)
) STRICT, WITHOUT ROWID;
CREATE INDEX person_tag_tag ON person_tag (tag, person_id);
