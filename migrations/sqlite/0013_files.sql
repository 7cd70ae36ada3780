-- Files of cases. The bytes are in the data folder under blobs/, by their hash. Equal tables in postgres/0013_files.sql.
CREATE TABLE blob (
    sha256 TEXT PRIMARY KEY,
    size INTEGER NOT NULL,
    kind TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    -- When nothing referred to it any more; the bytes go soon after. NULL: something does.
    dropped_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE attachment (
    id INTEGER PRIMARY KEY,
    case_id INTEGER REFERENCES case_file (id),
    interaction_id INTEGER REFERENCES interaction (id),
    sha256 TEXT NOT NULL REFERENCES blob (sha256),
    name TEXT NOT NULL,
    -- As the sender said.
    declared_type TEXT,
    -- Hidden data of a picture were taken out; the sender's word for what it is was wrong; why it is locked away.
    stripped INTEGER NOT NULL,
    mismatch INTEGER NOT NULL,
    danger TEXT,
    visibility TEXT NOT NULL,
    added_by INTEGER REFERENCES user_account (id),
    added_at INTEGER NOT NULL,
    removed_at INTEGER
) STRICT;
CREATE INDEX attachment_case ON attachment (case_id, id);
CREATE INDEX attachment_interaction ON attachment (interaction_id) WHERE interaction_id IS NOT NULL;
CREATE INDEX attachment_blob ON attachment (sha256) WHERE removed_at IS NULL;

-- Files that wait for the form that they were chosen in to be sent; forgotten after a day.
CREATE TABLE upload (
    token TEXT PRIMARY KEY,
    user_id INTEGER NOT NULL REFERENCES user_account (id),
    sha256 TEXT NOT NULL REFERENCES blob (sha256),
    name TEXT NOT NULL,
    declared_type TEXT,
    stripped INTEGER NOT NULL,
    mismatch INTEGER NOT NULL,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX upload_created ON upload (created_at);
CREATE INDEX upload_user ON upload (user_id);
CREATE INDEX upload_blob ON upload (sha256);
