-- Lists that are called through. Equal tables in postgres/0060_dialler.sql.

-- settings, learnt: JSON, see domain/dialer/campaign and domain/dialer/pacing. version grows with every change that people make.
CREATE TABLE dial_campaign (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    state TEXT NOT NULL,
    version INTEGER NOT NULL,
    settings TEXT NOT NULL,
    -- The version of the survey that is asked.
    survey_version INTEGER REFERENCES survey_version (id),
    -- What its pacing has learnt, so that a restart does not begin anew.
    learnt TEXT,
    made_by INTEGER REFERENCES user_account (id),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    started_at INTEGER,
    ended_at INTEGER
) STRICT;
CREATE INDEX dial_campaign_updated ON dial_campaign (updated_at, id);
CREATE INDEX dial_campaign_alive ON dial_campaign (id) WHERE state IN ('running', 'paused');

-- Who serves it. Nobody named: everybody who may.
CREATE TABLE dial_operator (
    campaign_id INTEGER NOT NULL REFERENCES dial_campaign (id),
    user_id INTEGER NOT NULL REFERENCES user_account (id),
    PRIMARY KEY (campaign_id, user_id)
) STRICT, WITHOUT ROWID;

-- state: see domain/dialer/contact. rank: its place in the line, once its turn has come; without it it waits for not_before.
CREATE TABLE dial_contact (
    id INTEGER PRIMARY KEY,
    campaign_id INTEGER NOT NULL REFERENCES dial_campaign (id),
    person_id INTEGER REFERENCES person (id),
    name TEXT NOT NULL,
    -- E.164; none: erased.
    phone TEXT,
    -- JSON, by the columns of the list.
    fields TEXT NOT NULL,
    priority INTEGER NOT NULL DEFAULT 0,
    state TEXT NOT NULL,
    not_before INTEGER NOT NULL,
    rank INTEGER,
    salt INTEGER NOT NULL,
    -- They named the time.
    appointment INTEGER NOT NULL DEFAULT 0,
    -- Attempts that were made, and the number of the last one, which may not have been.
    attempts INTEGER NOT NULL DEFAULT 0,
    last_attempt INTEGER NOT NULL DEFAULT 0,
    -- Who looks at it before it is dialled.
    operator_id INTEGER REFERENCES user_account (id),
    last_outcome TEXT,
    -- Why it is done.
    reason TEXT,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX dial_contact_phone ON dial_contact (campaign_id, phone) WHERE phone IS NOT NULL;
CREATE INDEX dial_contact_waiting ON dial_contact (campaign_id, not_before, id) WHERE state = 'waiting' AND rank IS NULL;
CREATE INDEX dial_contact_line ON dial_contact (campaign_id, rank, id) WHERE state = 'waiting' AND rank IS NOT NULL;
CREATE INDEX dial_contact_busy ON dial_contact (state, id) WHERE state NOT IN ('waiting', 'done');
CREATE INDEX dial_contact_state ON dial_contact (campaign_id, state, reason, attempts, last_outcome);
CREATE INDEX dial_contact_person ON dial_contact (person_id) WHERE person_id IS NOT NULL;
CREATE INDEX dial_contact_number ON dial_contact (phone) WHERE phone IS NOT NULL;

-- A row is committed before its number is dialled. made: the network took it for sure.
-- Ids are never given again: one that was taken back is no other's.
CREATE TABLE dial_attempt (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    campaign_id INTEGER NOT NULL REFERENCES dial_campaign (id),
    contact_id INTEGER NOT NULL REFERENCES dial_contact (id),
    -- Among those of its contact: nobody is dialled twice for one.
    number INTEGER NOT NULL,
    -- The process that dials it.
    node TEXT NOT NULL,
    interaction_id INTEGER REFERENCES interaction (id),
    operator_id INTEGER REFERENCES user_account (id),
    claimed_at INTEGER NOT NULL,
    taken_at INTEGER,
    answered_at INTEGER,
    -- When the greeting was over, and who was heard in it; none: it was not listened to.
    greeted_at INTEGER,
    greeted_by TEXT,
    joined_at INTEGER,
    parted_at INTEGER,
    ended_at INTEGER,
    made INTEGER NOT NULL DEFAULT 0,
    outcome TEXT,
    -- SIP, and the words of the network.
    code INTEGER,
    reason TEXT
) STRICT;
CREATE UNIQUE INDEX dial_attempt_number ON dial_attempt (contact_id, number);
CREATE UNIQUE INDEX dial_attempt_interaction ON dial_attempt (interaction_id) WHERE interaction_id IS NOT NULL;
CREATE INDEX dial_attempt_campaign ON dial_attempt (campaign_id, outcome);
CREATE INDEX dial_attempt_joined ON dial_attempt (campaign_id, joined_at) WHERE joined_at IS NOT NULL;

-- The books, by local day (YYYY-MM-DD): see domain/dialer/accounting.
CREATE TABLE dial_day (
    campaign_id INTEGER NOT NULL REFERENCES dial_campaign (id),
    day TEXT NOT NULL,
    connected INTEGER NOT NULL DEFAULT 0,
    abandoned INTEGER NOT NULL DEFAULT 0,
    machines INTEGER NOT NULL DEFAULT 0,
    mistaken INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (campaign_id, day)
) STRICT, WITHOUT ROWID;

-- The attempt that reached whom it is with; of an interview that went on in a later call, the last one.
ALTER TABLE interview ADD COLUMN attempt_id INTEGER REFERENCES dial_attempt (id);
CREATE UNIQUE INDEX interview_attempt ON interview (attempt_id) WHERE attempt_id IS NOT NULL;
