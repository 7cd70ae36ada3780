-- What goes out to many goes the same road as what goes out about a case, behind it. Equal tables in sqlite/0049_outbox_roads.sql.

-- 0: about a case, or somebody waits for it. 1: one of many.
ALTER TABLE outbox ADD COLUMN urgency BIGINT NOT NULL DEFAULT 0;
-- The number or name that it comes from, where it is not that of the link.
ALTER TABLE outbox ADD COLUMN sender TEXT;
-- Whose message of a campaign it is: campaign_recipient.
ALTER TABLE outbox ADD COLUMN recipient_id BIGINT;
DROP INDEX outbox_due;
CREATE INDEX outbox_due ON outbox (urgency, due_at, id) WHERE state = 'queued' AND channel = 'sms';
DROP INDEX outbox_due_mail;
CREATE INDEX outbox_due_mail ON outbox (urgency, due_at, id) WHERE state = 'queued' AND channel = 'email';
-- channel 'voice': a call that reads the words.
CREATE INDEX outbox_due_call ON outbox (urgency, due_at, id) WHERE state = 'queued' AND channel = 'voice';
CREATE INDEX outbox_recipient ON outbox (recipient_id) WHERE recipient_id IS NOT NULL;
