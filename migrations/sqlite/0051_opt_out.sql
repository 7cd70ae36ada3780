-- Who does not want messages to many, and addresses that reach nobody. Equal tables in postgres/0051_opt_out.sql.

-- key: the telephone number or e-mail address as it is stored elsewhere, to be joined with; of somebody who was erased a keyed digest of it, which
-- begins with #. A row is there or not: what was before stands in the audit and on the card.
CREATE TABLE opt_out (
    id INTEGER PRIMARY KEY,
    channel TEXT NOT NULL,
    key TEXT NOT NULL,
    means TEXT NOT NULL,
    remark TEXT NOT NULL DEFAULT '',
    at INTEGER NOT NULL,
    actor_id INTEGER REFERENCES user_account (id),
    token TEXT,
    UNIQUE (key, channel)
) STRICT;

-- What went to an address about no case: messages to many, and answers to STOP.
CREATE INDEX outbox_of_no_case ON outbox (recipient, created_at) WHERE case_id IS NULL;
-- Texts that were nothing but STOP or START.
CREATE INDEX interaction_opt_out ON interaction (caller) WHERE state = 'opt_out';

-- Why it is known that it reaches nobody, where the network said so.
ALTER TABLE contact_point ADD COLUMN invalid_why TEXT;
