-- What people write before they send it; how cases belong together. Equal tables in postgres/0025_case_desk.sql.

-- mode: note, reply or answer. Gone when it is sent.
CREATE TABLE case_draft (
    user_id INTEGER NOT NULL REFERENCES user_account (id),
    case_id INTEGER NOT NULL REFERENCES case_file (id),
    mode TEXT NOT NULL,
    words TEXT NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (user_id, case_id, mode)
) STRICT, WITHOUT ROWID;
CREATE INDEX case_draft_case ON case_draft (case_id);

-- kind: related, follows, duplicate_of; from case_id to other_id.
CREATE TABLE case_link (
    case_id INTEGER NOT NULL REFERENCES case_file (id),
    other_id INTEGER NOT NULL REFERENCES case_file (id),
    kind TEXT NOT NULL,
    since INTEGER NOT NULL,
    PRIMARY KEY (case_id, other_id, kind)
) STRICT, WITHOUT ROWID;
CREATE INDEX case_link_other ON case_link (other_id);
