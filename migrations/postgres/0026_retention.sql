-- How long what is kept of citizens stays, and what was asked to go sooner. Equal tables in sqlite/0026_retention.sql.
CREATE TABLE retention_rule (
    -- Key of a category; empty: every other.
    category TEXT PRIMARY KEY,
    keep_days BIGINT NOT NULL,
    recording_days BIGINT NOT NULL,
    legal_days BIGINT NOT NULL,
    basis TEXT NOT NULL
);
INSERT INTO retention_rule (category, keep_days, recording_days, legal_days, basis)
VALUES ('', 1825, 180, 730, 'Листа категорија документарног материјала (Закон о архивској грађи и архивској делатности)');

-- When what the case and the person kept was erased.
ALTER TABLE case_file ADD COLUMN erased_at BIGINT;
CREATE INDEX case_file_retained ON case_file (updated_at, id) WHERE status = 'closed' AND erased_at IS NULL;
ALTER TABLE person ADD COLUMN erased_at BIGINT;

-- Recordings by age; those whose files are to be removed.
CREATE INDEX recording_kept ON recording (started_at, id) WHERE state = 'kept';
CREATE INDEX recording_erasing ON recording (id) WHERE state = 'erasing';

-- Erasures of people that something postponed: tried again at `next_at` until `done_at`.
CREATE TABLE erasure_request (
    person_id BIGINT PRIMARY KEY REFERENCES person (id),
    asked_at BIGINT NOT NULL,
    asked_by BIGINT REFERENCES user_account (id),
    reason TEXT NOT NULL,
    next_at BIGINT NOT NULL,
    done_at BIGINT
);
CREATE INDEX erasure_request_next ON erasure_request (next_at) WHERE done_at IS NULL;
