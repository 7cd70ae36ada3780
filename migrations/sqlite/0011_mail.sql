-- E-mail, both ways. Equal tables in postgres/0011_mail.sql.

-- What goes out, by channel: sms or email. An e-mail has a subject, an id that answers and bounces name, and a thread.
ALTER TABLE outbox ADD COLUMN channel TEXT NOT NULL DEFAULT 'sms';
ALTER TABLE outbox ADD COLUMN subject TEXT;
ALTER TABLE outbox ADD COLUMN message_id TEXT;
ALTER TABLE outbox ADD COLUMN in_reply_to TEXT;
-- Message ids with a space between, oldest first.
ALTER TABLE outbox ADD COLUMN thread_ids TEXT;
-- receipt, reply, forward or notice.
ALTER TABLE outbox ADD COLUMN purpose TEXT;
-- Files that go with it: JSON list of attachment ids.
ALTER TABLE outbox ADD COLUMN files TEXT;
DROP INDEX outbox_due;
CREATE INDEX outbox_due ON outbox (due_at, id) WHERE state = 'queued' AND channel = 'sms';
CREATE INDEX outbox_due_mail ON outbox (due_at, id) WHERE state = 'queued' AND channel = 'email';
CREATE INDEX outbox_accepted_mail ON outbox (updated_at, id) WHERE state = 'accepted' AND channel = 'email';
CREATE UNIQUE INDEX outbox_message_id ON outbox (message_id) WHERE message_id IS NOT NULL;
-- How many receipts an address got lately.
CREATE INDEX outbox_mail_recipient ON outbox (recipient, created_at) WHERE channel = 'email';

-- Who may answer into a case: one token for each case and address that we wrote to.
CREATE TABLE mail_token (
    id INTEGER PRIMARY KEY,
    token TEXT NOT NULL UNIQUE,
    case_id INTEGER NOT NULL REFERENCES case_file (id),
    address TEXT NOT NULL,
    -- citizen, institution or officer.
    party TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    UNIQUE (case_id, address)
) STRICT;

-- E-mails that came, so that answers find their thread.
CREATE TABLE mail_received (
    interaction_id INTEGER PRIMARY KEY REFERENCES interaction (id),
    case_id INTEGER REFERENCES case_file (id),
    message_id TEXT,
    sender TEXT,
    subject TEXT NOT NULL,
    -- Message ids with a space between, oldest first.
    thread_ids TEXT NOT NULL,
    kind TEXT NOT NULL,
    arrived_at INTEGER NOT NULL
) STRICT;
CREATE INDEX mail_received_case ON mail_received (case_id, interaction_id) WHERE case_id IS NOT NULL;
CREATE INDEX mail_received_message ON mail_received (message_id) WHERE message_id IS NOT NULL;

-- How far each mailbox is read.
CREATE TABLE mailbox (
    name TEXT PRIMARY KEY,
    uid_validity INTEGER NOT NULL,
    last_uid INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
