-- The audit: a chain of digests over who did what to what. Equal tables in sqlite/0016_audit.sql.
CREATE TABLE audit (
    -- Without gaps.
    id BIGINT PRIMARY KEY,
    at BIGINT NOT NULL,
    who_kind TEXT NOT NULL,
    who TEXT NOT NULL,
    what TEXT NOT NULL,
    subject_kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    -- JSON. Erased together with its salt; what stays is the digest of both.
    detail TEXT,
    salt BYTEA,
    detail_digest BYTEA NOT NULL,
    -- Over the digest before it and all of the above but detail and salt.
    digest BYTEA NOT NULL,
    -- By which the detail was erased: the subject of an entry of its own.
    erasure TEXT
);
CREATE INDEX audit_at ON audit (at, id);
CREATE INDEX audit_who ON audit (who_kind, who, id);
CREATE INDEX audit_what ON audit (what, id);
CREATE INDEX audit_subject ON audit (subject_kind, subject, id);

-- The end of the chain, and up to which entry the timelines are sealed.
CREATE TABLE audit_head (
    one BIGINT PRIMARY KEY CHECK (one = 1),
    id BIGINT NOT NULL,
    digest BYTEA NOT NULL,
    sealed_to BIGINT NOT NULL
);
INSERT INTO audit_head (one, id, digest, sealed_to) VALUES (1, 0, decode (repeat ('00', 32), 'hex'), 0);

CREATE FUNCTION audit_refuse () RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF old.erasure IS NULL AND new.erasure IS NOT NULL AND new.detail IS NULL AND new.salt IS NULL
            AND new.id = old.id AND new.at = old.at AND new.who_kind = old.who_kind AND new.who = old.who
            AND new.what = old.what AND new.subject_kind = old.subject_kind AND new.subject = old.subject
            AND new.detail_digest = old.detail_digest AND new.digest = old.digest
        THEN
            RETURN new;
        END IF;
    END IF;
    RAISE EXCEPTION 'the audit is never changed';
END $$;
CREATE TRIGGER audit_not_changed BEFORE UPDATE OR DELETE ON audit
    FOR EACH ROW EXECUTE FUNCTION audit_refuse ();
CREATE TRIGGER audit_not_emptied BEFORE TRUNCATE ON audit EXECUTE FUNCTION audit_refuse ();

-- A timeline is appended to; the one change is the erasure of what it says of somebody: the digest of the entry as it was takes the
-- place of the salt, and the audit tells of it under the key in `erasure`.
DROP TRIGGER case_event_not_changed ON case_event;
ALTER TABLE case_event ADD COLUMN salt BYTEA;
ALTER TABLE case_event ADD COLUMN digest BYTEA;
ALTER TABLE case_event ADD COLUMN erasure TEXT;
-- Entries from before did not tell all that the row of their case begins with.
UPDATE case_event SET
    salt = uuid_send (gen_random_uuid ()),
    payload = CASE
        WHEN kind = 'opened' AND payload::jsonb -> 'summary' IS NULL
        THEN jsonb_set (payload::jsonb, '{summary}',
            to_jsonb ((SELECT summary FROM case_file c WHERE c.id = case_event.case_id)))::text
        ELSE payload
    END;
CREATE OR REPLACE FUNCTION case_event_refuse () RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF old.erasure IS NULL AND new.erasure IS NOT NULL AND new.salt IS NULL
            AND old.digest IS NULL AND length (new.digest) = 32
            AND new.id = old.id AND new.case_id = old.case_id AND new.at = old.at AND new.kind = old.kind
            AND new.actor_id IS NOT DISTINCT FROM old.actor_id AND new.token IS NOT DISTINCT FROM old.token
            AND new.visibility = old.visibility
        THEN
            RETURN new;
        END IF;
    END IF;
    RAISE EXCEPTION 'a timeline is never changed';
END $$;
CREATE TRIGGER case_event_not_changed BEFORE UPDATE OR DELETE ON case_event
    FOR EACH ROW EXECUTE FUNCTION case_event_refuse ();
CREATE TRIGGER case_event_not_emptied BEFORE TRUNCATE ON case_event EXECUTE FUNCTION case_event_refuse ();
