-- Where a promise to call back stands in its queue, which a restart must not change: since when it waits, and how urgent it is.
ALTER TABLE callback ADD COLUMN joined_at BIGINT NOT NULL DEFAULT 0;
ALTER TABLE callback ADD COLUMN priority BIGINT NOT NULL DEFAULT 0;
-- The service that the caller chose; NULL when none.
ALTER TABLE callback ADD COLUMN service TEXT;
UPDATE callback SET joined_at = promised_at;
