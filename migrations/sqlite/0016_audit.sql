-- The audit: a chain of digests over who did what to what. Equal tables in postgres/0016_audit.sql.
CREATE TABLE audit (
    -- Without gaps.
    id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    who_kind TEXT NOT NULL,
    who TEXT NOT NULL,
    what TEXT NOT NULL,
    subject_kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    -- JSON. Erased together with its salt; what stays is the digest of both.
    detail TEXT,
    salt BLOB,
    detail_digest BLOB NOT NULL,
    -- Over the digest before it and all of the above but detail and salt.
    digest BLOB NOT NULL,
    -- By which the detail was erased: the subject of an entry of its own.
    erasure TEXT
) STRICT;
CREATE INDEX audit_at ON audit (at, id);
CREATE INDEX audit_who ON audit (who_kind, who, id);
CREATE INDEX audit_what ON audit (what, id);
CREATE INDEX audit_subject ON audit (subject_kind, subject, id);

-- The end of the chain, and up to which entry the timelines are sealed.
CREATE TABLE audit_head (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    id INTEGER NOT NULL,
    digest BLOB NOT NULL,
    sealed_to INTEGER NOT NULL
) STRICT;
INSERT INTO audit_head (one, id, digest, sealed_to) VALUES (1, 0, zeroblob (32), 0);

CREATE TRIGGER audit_not_changed BEFORE UPDATE ON audit
WHEN NOT (
    old.erasure IS NULL AND new.erasure IS NOT NULL AND new.detail IS NULL AND new.salt IS NULL
    AND new.id = old.id AND new.at = old.at AND new.who_kind = old.who_kind AND new.who = old.who
    AND new.what = old.what AND new.subject_kind = old.subject_kind AND new.subject = old.subject
    AND new.detail_digest = old.detail_digest AND new.digest = old.digest
)
BEGIN
    SELECT RAISE (ABORT, 'the audit is never changed');
END;
CREATE TRIGGER audit_not_removed BEFORE DELETE ON audit BEGIN
    SELECT RAISE (ABORT, 'the audit is never changed');
END;

-- A timeline is appended to; the one change is the erasure of what it says of somebody: the digest of the entry as it was takes the
-- place of the salt, and the audit tells of it under the key in `erasure`.
DROP TRIGGER case_event_not_changed;
ALTER TABLE case_event ADD COLUMN salt BLOB;
ALTER TABLE case_event ADD COLUMN digest BLOB;
ALTER TABLE case_event ADD COLUMN erasure TEXT;
-- Entries from before did not tell all that the row of their case begins with.
UPDATE case_event SET
    salt = randomblob (16),
    payload = CASE
        WHEN kind = 'opened' AND json_extract (payload, '$.summary') IS NULL
        THEN json_set (payload, '$.summary', (SELECT summary FROM case_file c WHERE c.id = case_event.case_id))
        ELSE payload
    END;
CREATE TRIGGER case_event_not_changed BEFORE UPDATE ON case_event
WHEN NOT (
    old.erasure IS NULL AND new.erasure IS NOT NULL AND new.salt IS NULL
    AND old.digest IS NULL AND length (new.digest) = 32
    AND new.id = old.id AND new.case_id = old.case_id AND new.at = old.at AND new.kind = old.kind
    AND new.actor_id IS old.actor_id AND new.token IS old.token AND new.visibility = old.visibility
)
BEGIN
    SELECT RAISE (ABORT, 'a timeline is never changed');
END;
CREATE TRIGGER case_event_not_removed BEFORE DELETE ON case_event BEGIN
    SELECT RAISE (ABORT, 'a timeline is never changed');
END;
