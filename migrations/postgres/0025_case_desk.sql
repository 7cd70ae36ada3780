-- What people write before they send it; how cases belong together. Equal tables in sqlite/0025_case_desk.sql.

-- mode: note, reply or answer. Gone when it is sent.
CREATE TABLE case_draft (
    user_id BIGINT NOT NULL REFERENCES user_account (id),
    case_id BIGINT NOT NULL REFERENCES case_file (id),
    mode TEXT NOT NULL,
    words TEXT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, case_id, mode)
);
CREATE INDEX case_draft_case ON case_draft (case_id);

-- kind: related, follows, duplicate_of; from case_id to other_id.
CREATE TABLE case_link (
    case_id BIGINT NOT NULL REFERENCES case_file (id),
    other_id BIGINT NOT NULL REFERENCES case_file (id),
    kind TEXT NOT NULL,
    since BIGINT NOT NULL,
    PRIMARY KEY (case_id, other_id, kind)
);
CREATE INDEX case_link_other ON case_link (other_id);
