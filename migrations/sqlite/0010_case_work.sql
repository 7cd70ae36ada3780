-- Where work on a case stands, and what a case is made of besides its contacts. Equal tables in postgres/0010_case_work.sql.

-- How it ended; whether the citizen knows; the soonest running deadline; where the problem is (millionths of a degree).
ALTER TABLE case_file ADD COLUMN outcome TEXT;
ALTER TABLE case_file ADD COLUMN told TEXT NOT NULL DEFAULT 'no';
ALTER TABLE case_file ADD COLUMN due_at INTEGER;
ALTER TABLE case_file ADD COLUMN place TEXT NOT NULL DEFAULT '';
ALTER TABLE case_file ADD COLUMN area TEXT;
ALTER TABLE case_file ADD COLUMN lat INTEGER;
ALTER TABLE case_file ADD COLUMN lon INTEGER;
ALTER TABLE case_file ADD COLUMN merged_into INTEGER REFERENCES case_file (id);
CREATE INDEX case_file_due ON case_file (due_at, id) WHERE due_at IS NOT NULL;
CREATE INDEX case_file_merged ON case_file (merged_into) WHERE merged_into IS NOT NULL;

-- Services and institutions are one tree; kind: service or institution. What is sent to an institution goes to its address.
ALTER TABLE department ADD COLUMN kind TEXT NOT NULL DEFAULT 'service';
ALTER TABLE department ADD COLUMN parent_id INTEGER REFERENCES department (id);
ALTER TABLE department ADD COLUMN email TEXT;
ALTER TABLE department ADD COLUMN active INTEGER NOT NULL DEFAULT 1;

-- deadline_profile: a key.
ALTER TABLE category ADD COLUMN deadline_profile TEXT;
ALTER TABLE category ADD COLUMN active INTEGER NOT NULL DEFAULT 1;

-- What is asked besides, for each category. kind: text, number, date, choice, yes_no; options: JSON list of {key, sr, en}.
CREATE TABLE category_question (
    id INTEGER PRIMARY KEY,
    category_id INTEGER NOT NULL REFERENCES category (id),
    key TEXT NOT NULL,
    name_sr TEXT NOT NULL,
    name_en TEXT NOT NULL,
    kind TEXT NOT NULL,
    required INTEGER NOT NULL,
    options TEXT NOT NULL,
    place INTEGER NOT NULL,
    active INTEGER NOT NULL DEFAULT 1,
    UNIQUE (category_id, key)
) STRICT;

-- The service for a category in one area; elsewhere that of the category.
CREATE TABLE category_route (
    category_id INTEGER NOT NULL REFERENCES category (id),
    area TEXT NOT NULL,
    department_id INTEGER NOT NULL REFERENCES department (id),
    PRIMARY KEY (category_id, area)
) STRICT, WITHOUT ROWID;

-- In which script and language somebody wants to be told, and by which channel (sms, email, post, none); NULL: as they wrote.
ALTER TABLE person ADD COLUMN language TEXT;
ALTER TABLE person ADD COLUMN tell_by TEXT;
ALTER TABLE person ADD COLUMN merged_into INTEGER REFERENCES person (id);

-- Who else belongs to a case; role: follower (told of the outcome) or witness.
CREATE TABLE case_party (
    case_id INTEGER NOT NULL REFERENCES case_file (id),
    person_id INTEGER NOT NULL REFERENCES person (id),
    role TEXT NOT NULL,
    added_at INTEGER NOT NULL,
    PRIMARY KEY (case_id, person_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX case_party_person ON case_party (person_id);
