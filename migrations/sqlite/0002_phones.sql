-- Phones of operators: each has a password of its own, of which only what digest authentication needs is kept.

-- The short number by which colleagues dial somebody, whatever phone they have.
CREATE TABLE user_extension (
    user_id INTEGER PRIMARY KEY REFERENCES user_account (id),
    extension TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE phone (
    id INTEGER PRIMARY KEY,
    user_id INTEGER NOT NULL REFERENCES user_account (id),
    username TEXT NOT NULL UNIQUE,
    label TEXT NOT NULL,
    -- Part of the hashes: with another realm the passwords are worth nothing.
    realm TEXT NOT NULL,
    ha1_md5 TEXT NOT NULL,
    ha1_sha256 TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    created_by INTEGER REFERENCES user_account (id),
    last_seen_at INTEGER,
    revoked_at INTEGER,
    revoked_by INTEGER REFERENCES user_account (id)
) STRICT;
CREATE INDEX phone_of_user ON phone (user_id);

-- Where phones were reached last, so that a restart finds them at once. Written now and then, not with every refresh.
CREATE TABLE phone_binding (
    id INTEGER PRIMARY KEY,
    phone_id INTEGER NOT NULL REFERENCES phone (id),
    uri TEXT NOT NULL,
    instance TEXT,
    remote TEXT NOT NULL,
    local TEXT NOT NULL,
    call_id TEXT NOT NULL,
    cseq INTEGER NOT NULL,
    user_agent TEXT,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX phone_binding_of_phone ON phone_binding (phone_id);
