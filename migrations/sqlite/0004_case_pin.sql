-- What a citizen proves with on the telephone that a case is theirs. Equal tables in postgres/0004_case_pin.sql.
CREATE TABLE case_pin (
    case_id INTEGER PRIMARY KEY REFERENCES case_file (id),
    -- The digits of the case's number, as they are typed on a telephone.
    digits TEXT NOT NULL,
    pin TEXT NOT NULL,
    -- Wrong PINs since the last right one, and until when no PIN is right.
    wrong INTEGER NOT NULL DEFAULT 0,
    locked_until INTEGER
) STRICT;
CREATE INDEX case_pin_digits ON case_pin (digits);

-- The case whose state the caller was told: a call that was about nothing else belongs there.
ALTER TABLE interaction ADD COLUMN asked_case_id INTEGER REFERENCES case_file (id);

-- Answers to the plan's questions, by key.
CREATE TABLE survey_answer (
    id INTEGER PRIMARY KEY,
    interaction_id INTEGER NOT NULL REFERENCES interaction (id),
    survey TEXT NOT NULL,
    question TEXT NOT NULL,
    answer TEXT NOT NULL,
    at INTEGER NOT NULL,
    UNIQUE (interaction_id, survey, question)
) STRICT;
CREATE INDEX survey_answer_survey ON survey_answer (survey, at);
