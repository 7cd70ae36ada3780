-- Surveys, their versions, and what people answered. Equal tables in postgres/0054_surveys.sql.

-- state: of its newest version. version grows with every change.
CREATE TABLE survey (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    state TEXT NOT NULL,
    version INTEGER NOT NULL,
    made_by INTEGER REFERENCES user_account (id),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX survey_updated ON survey (updated_at, id);

-- number: none while it is a draft. questionnaire: JSON, see domain/survey.
CREATE TABLE survey_version (
    id INTEGER PRIMARY KEY,
    survey_id INTEGER NOT NULL REFERENCES survey (id),
    number INTEGER,
    state TEXT NOT NULL,
    questionnaire TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    published_by INTEGER REFERENCES user_account (id),
    published_at INTEGER
) STRICT;
CREATE UNIQUE INDEX survey_version_number ON survey_version (survey_id, number);
CREATE UNIQUE INDEX survey_version_draft ON survey_version (survey_id) WHERE state = 'draft';

-- How many complete interviews fill a cell of a quota, by its places in the version.
CREATE TABLE survey_cell (
    version_id INTEGER NOT NULL REFERENCES survey_version (id),
    quota INTEGER NOT NULL,
    cell INTEGER NOT NULL,
    done INTEGER NOT NULL,
    PRIMARY KEY (version_id, quota, cell)
) STRICT, WITHOUT ROWID;

-- recipient_id: of a message to many, whose own link it is. seed: of the order of options. disposition: once it has ended.
CREATE TABLE interview (
    id INTEGER PRIMARY KEY,
    version_id INTEGER NOT NULL REFERENCES survey_version (id),
    recipient_id INTEGER REFERENCES campaign_recipient (id),
    person_id INTEGER REFERENCES person (id),
    mode TEXT NOT NULL,
    operator_id INTEGER REFERENCES user_account (id),
    language TEXT NOT NULL,
    seed INTEGER NOT NULL,
    disposition TEXT,
    answered INTEGER NOT NULL DEFAULT 0,
    started_at INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    ended_at INTEGER
) STRICT;
CREATE INDEX interview_version ON interview (version_id, id);
CREATE INDEX interview_open ON interview (version_id, changed_at) WHERE ended_at IS NULL;
CREATE INDEX interview_person ON interview (person_id) WHERE person_id IS NOT NULL;
CREATE UNIQUE INDEX interview_recipient ON interview (recipient_id, version_id) WHERE recipient_id IS NOT NULL;

-- answer: JSON. set_aside: a changed answer led past the question.
CREATE TABLE interview_answer (
    interview_id INTEGER NOT NULL REFERENCES interview (id),
    question TEXT NOT NULL,
    answer TEXT NOT NULL,
    set_aside INTEGER NOT NULL DEFAULT 0,
    answered_at INTEGER NOT NULL,
    PRIMARY KEY (interview_id, question)
) STRICT, WITHOUT ROWID;

-- Places in cells that open interviews hold, until then.
CREATE TABLE interview_hold (
    interview_id INTEGER NOT NULL REFERENCES interview (id),
    version_id INTEGER NOT NULL REFERENCES survey_version (id),
    quota INTEGER NOT NULL,
    cell INTEGER NOT NULL,
    until INTEGER NOT NULL,
    PRIMARY KEY (interview_id, quota)
) STRICT, WITHOUT ROWID;
CREATE INDEX interview_hold_version ON interview_hold (version_id, until);
