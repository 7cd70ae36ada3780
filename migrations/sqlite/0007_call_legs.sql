-- Who placed a call, or talked with the caller last.
ALTER TABLE interaction ADD COLUMN operator_id INTEGER REFERENCES user_account (id);

-- Promises to call back. They survive a restart; a promise that was kept or given up stays for the reports.
CREATE TABLE callback (
    interaction_id INTEGER PRIMARY KEY REFERENCES interaction (id),
    queue TEXT NOT NULL,
    number TEXT NOT NULL,
    language TEXT NOT NULL,
    state TEXT NOT NULL,
    tries INTEGER NOT NULL,
    promised_at INTEGER NOT NULL,
    settled_at INTEGER
) STRICT;
CREATE INDEX callback_open ON callback (promised_at) WHERE state = 'promised';
