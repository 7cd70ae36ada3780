-- Calls that read a message. Equal tables in postgres/0053_voice.sql.

-- In which language it is read ('sr', 'en'); NULL: by its words.
ALTER TABLE outbox ADD COLUMN language TEXT;
-- What its author spoke, played in place of the words: announcements/<sha256>.wav of the data folder.
ALTER TABLE outbox ADD COLUMN recording TEXT;

-- Every call that was placed for a message, written with its contact before it was dialled.
CREATE TABLE outbox_call (
    id INTEGER PRIMARY KEY,
    outbox_id INTEGER NOT NULL REFERENCES outbox (id),
    interaction_id INTEGER NOT NULL REFERENCES interaction (id),
    at INTEGER NOT NULL,
    -- How it ended; NULL: it has not, or nobody knows.
    result TEXT,
    -- What the network said: the SIP status and its words.
    code INTEGER,
    reason TEXT
) STRICT;
CREATE INDEX outbox_call_outbox ON outbox_call (outbox_id);
CREATE UNIQUE INDEX outbox_call_interaction ON outbox_call (interaction_id);
