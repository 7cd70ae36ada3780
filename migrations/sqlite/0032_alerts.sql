-- Addresses of users, and what they are to hear by e-mail. Equal tables in postgres/0032_alerts.sql.

-- Nothing but the code goes to an address that is not confirmed. alerts: none, own, service. codes: sent since codes_since.
-- rests_until: no further mail before it. failed: why the mail server of the address took nothing.
CREATE TABLE user_email (
    user_id INTEGER PRIMARY KEY REFERENCES user_account (id),
    address TEXT NOT NULL,
    alerts TEXT NOT NULL,
    confirmed_at INTEGER,
    code TEXT,
    code_at INTEGER,
    tries INTEGER NOT NULL,
    codes INTEGER NOT NULL,
    codes_since INTEGER NOT NULL,
    rests_until INTEGER NOT NULL,
    failed TEXT
) STRICT;
CREATE UNIQUE INDEX user_email_confirmed ON user_email (address) WHERE confirmed_at IS NOT NULL;

-- Written with what happened, gone when it is mailed. kind: forwarded, assigned, deadline_near, deadline_missed, escalated, tell_citizen.
CREATE TABLE alert (
    id INTEGER PRIMARY KEY,
    user_id INTEGER NOT NULL REFERENCES user_account (id),
    case_id INTEGER NOT NULL REFERENCES case_file (id),
    kind TEXT NOT NULL,
    at INTEGER NOT NULL
) STRICT;
CREATE INDEX alert_user ON alert (user_id, id);
CREATE INDEX alert_case ON alert (case_id);

-- Officers who have no such address any more answer no mail.
CREATE INDEX mail_token_officer ON mail_token (address) WHERE party = 'officer';
