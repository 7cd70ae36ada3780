-- Who is told what, by which channel and with which success; who looks on at a case. Equal tables in postgres/0015_notice.sql.

-- One thing that one person is told. purpose: receipt, outcome, reply; state: telling, told, presumed, failed, by_hand, impossible,
-- overtaken. ladder: JSON list of {way, address}; rung: the one that is tried now. A notice that failed waits for a human.
CREATE TABLE notice (
    id INTEGER PRIMARY KEY,
    case_id INTEGER NOT NULL REFERENCES case_file (id),
    person_id INTEGER REFERENCES person (id),
    follower INTEGER NOT NULL,
    purpose TEXT NOT NULL,
    language TEXT NOT NULL,
    words TEXT NOT NULL,
    ladder TEXT NOT NULL,
    rung INTEGER NOT NULL,
    state TEXT NOT NULL,
    -- When to look again if nothing was heard until then.
    check_at INTEGER,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX notice_case ON notice (case_id);
CREATE INDEX notice_person ON notice (person_id) WHERE person_id IS NOT NULL;
CREATE INDEX notice_check ON notice (check_at, id) WHERE check_at IS NOT NULL;
CREATE INDEX notice_failed ON notice (id) WHERE state = 'failed';

-- One message of a notice: a rung that was tried.
CREATE TABLE notice_try (
    outbox_id INTEGER PRIMARY KEY REFERENCES outbox (id),
    notice_id INTEGER NOT NULL REFERENCES notice (id),
    rung INTEGER NOT NULL
) STRICT;
CREATE INDEX notice_try_notice ON notice_try (notice_id);

-- Answered cases whose citizen knows are closed by themselves, the longest untouched first.
CREATE INDEX case_file_answered ON case_file (updated_at, id) WHERE status = 'answered';

-- Users who are told of what happens on a case.
CREATE TABLE case_watcher (
    case_id INTEGER NOT NULL REFERENCES case_file (id),
    user_id INTEGER NOT NULL REFERENCES user_account (id),
    since INTEGER NOT NULL,
    PRIMARY KEY (case_id, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX case_watcher_user ON case_watcher (user_id);
