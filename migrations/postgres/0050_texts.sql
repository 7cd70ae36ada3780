-- Several SMSCs, and what is not known of a text. Equal tables in sqlite/0050_texts.sql.

-- By which SMSC it went when it was last claimed, when that was, and how many messages it takes there.
ALTER TABLE outbox ADD COLUMN smsc TEXT;
ALTER TABLE outbox ADD COLUMN sent_at BIGINT;
ALTER TABLE outbox ADD COLUMN parts BIGINT NOT NULL DEFAULT 1;
-- A receipt with an id that nobody knows looks for its text among these.
CREATE INDEX outbox_uncertain ON outbox (recipient) WHERE state = 'uncertain' AND channel = 'sms';

-- Since when nothing was heard of it, while it is worth asking the SMSC (query_sm), and how often it was asked.
ALTER TABLE outbox_part ADD COLUMN silent_since BIGINT;
ALTER TABLE outbox_part ADD COLUMN asked BIGINT NOT NULL DEFAULT 0;
CREATE INDEX outbox_part_silent ON outbox_part (link, asked, silent_since) WHERE silent_since IS NOT NULL;

-- outbox_part.link and delivery_report.link: the SMSC that gave the id; several links may lead to it.
-- What a receipt says besides its id.
ALTER TABLE delivery_report ADD COLUMN other_id TEXT;
ALTER TABLE delivery_report ADD COLUMN recipient TEXT;
ALTER TABLE delivery_report ADD COLUMN submitted TEXT;
ALTER TABLE delivery_report ADD COLUMN beginning TEXT;
ALTER TABLE delivery_report ADD COLUMN reference BIGINT;
