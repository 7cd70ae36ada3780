-- Who placed a call, or talked with the caller last.
ALTER TABLE interaction ADD COLUMN operator_id BIGINT REFERENCES user_account (id);

-- Promises to call back. They survive a restart; a promise that was kept or given up stays for the reports.
CREATE TABLE callback (
    interaction_id BIGINT PRIMARY KEY REFERENCES interaction (id),
    queue TEXT NOT NULL,
    number TEXT NOT NULL,
    language TEXT NOT NULL,
    state TEXT NOT NULL,
    tries BIGINT NOT NULL,
    promised_at BIGINT NOT NULL,
    settled_at BIGINT
);
CREATE INDEX callback_open ON callback (promised_at) WHERE state = 'promised';
