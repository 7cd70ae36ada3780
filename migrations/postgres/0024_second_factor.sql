-- Second factors, and whose each session is. Equal tables in sqlite/0024_second_factor.sql.

-- used_step: the step of the last code that was taken, so that each works once. Not confirmed: set up, but no code was typed yet.
CREATE TABLE second_factor (
    user_id BIGINT PRIMARY KEY REFERENCES user_account (id),
    secret BYTEA NOT NULL,
    confirmed BIGINT NOT NULL DEFAULT 0,
    used_step BIGINT,
    created_at BIGINT NOT NULL
);

-- SHA-256 of each code that is left, for when the telephone is lost.
CREATE TABLE recovery_code (
    user_id BIGINT NOT NULL REFERENCES user_account (id),
    hash TEXT NOT NULL,
    PRIMARY KEY (user_id, hash)
);

-- Somebody else chose the password: its user changes it at the next log-in.
ALTER TABLE user_account ADD COLUMN must_change_password BIGINT NOT NULL DEFAULT 0;

-- NULL: nobody is logged in.
ALTER TABLE session ADD COLUMN user_id BIGINT REFERENCES user_account (id);
CREATE INDEX session_of_user ON session (user_id) WHERE user_id IS NOT NULL;
