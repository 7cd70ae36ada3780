-- Queues, who is in them, and what operators do. Durations are seconds unless the name says otherwise. Equal tables in
-- postgres/0003_queues.sql.

CREATE TABLE queue (
    key TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    strategy TEXT NOT NULL,
    -- Every operator and supervisor is a member; rows of queue_member then only say where they stand.
    everyone INTEGER NOT NULL,
    ring_s INTEGER NOT NULL,
    rest_s INTEGER NOT NULL,
    wrap_up_s INTEGER NOT NULL,
    pause_after_missed INTEGER,
    wait_while_paused INTEGER NOT NULL,
    max_waiting INTEGER NOT NULL,
    max_wait_s INTEGER,
    overflow TEXT,
    overflow_after_s INTEGER,
    ageing_s INTEGER,
    widen_after_s INTEGER,
    announce_every_s INTEGER,
    announce_wait INTEGER NOT NULL,
    promise_s INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO queue VALUES
    ('operators', 'Оператери', 'longest_idle', 1, 20, 5, 30, 3, 1, 50, NULL, NULL, NULL, 60, 60, 45, 1, 30);

CREATE TABLE queue_member (
    queue_key TEXT NOT NULL REFERENCES queue (key) ON DELETE CASCADE,
    user_id INTEGER NOT NULL REFERENCES user_account (id),
    place INTEGER NOT NULL,
    penalty INTEGER NOT NULL,
    PRIMARY KEY (queue_key, user_id)
) STRICT, WITHOUT ROWID;

-- kind: language or service. Nobody without a row of a kind is limited in it.
CREATE TABLE operator_skill (
    user_id INTEGER NOT NULL REFERENCES user_account (id),
    kind TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (user_id, kind, value)
) STRICT, WITHOUT ROWID;

CREATE TABLE pause_reason (
    key TEXT PRIMARY KEY,
    name_sr TEXT NOT NULL,
    name_en TEXT NOT NULL,
    place INTEGER NOT NULL,
    -- No longer offered; kept for the pauses that were made with it.
    retired INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
INSERT INTO pause_reason (key, name_sr, name_en, place) VALUES
    ('break', 'Предах', 'Break', 1),
    ('meal', 'Оброк', 'Meal', 2),
    ('meeting', 'Састанак', 'Meeting', 3),
    ('training', 'Обука', 'Training', 4),
    ('after-work', 'Обрада предмета', 'Paperwork', 5);

-- What must survive a restart: pauses, when the last call was, the figures of the day (local date).
CREATE TABLE operator_state (
    user_id INTEGER PRIMARY KEY REFERENCES user_account (id),
    paused TEXT,
    paused_since INTEGER,
    idle_since INTEGER NOT NULL,
    day TEXT NOT NULL,
    answered INTEGER NOT NULL,
    missed INTEGER NOT NULL,
    talked_ms INTEGER NOT NULL
) STRICT;

CREATE TABLE operator_state_log (
    id INTEGER PRIMARY KEY,
    user_id INTEGER NOT NULL REFERENCES user_account (id),
    state TEXT NOT NULL,
    reason TEXT,
    started_at INTEGER NOT NULL,
    ended_at INTEGER
) STRICT;
CREATE INDEX operator_state_log_user ON operator_state_log (user_id, started_at);
CREATE INDEX operator_state_log_open ON operator_state_log (user_id) WHERE ended_at IS NULL;

CREATE TABLE queue_day (
    queue_key TEXT NOT NULL,
    day TEXT NOT NULL,
    offered INTEGER NOT NULL,
    answered INTEGER NOT NULL,
    answered_in_time INTEGER NOT NULL,
    abandoned INTEGER NOT NULL,
    sent_back INTEGER NOT NULL,
    called_back INTEGER NOT NULL,
    waited_ms INTEGER NOT NULL,
    PRIMARY KEY (queue_key, day)
) STRICT, WITHOUT ROWID;
