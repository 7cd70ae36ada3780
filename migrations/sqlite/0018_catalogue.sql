-- Areas of the municipality, and what was answered to the questions of categories. Equal tables in postgres/0018_catalogue.sql.

-- In which order the services and categories under one parent are shown; those of one place by their age.
ALTER TABLE department ADD COLUMN place INTEGER NOT NULL DEFAULT 0;
ALTER TABLE category ADD COLUMN place INTEGER NOT NULL DEFAULT 0;
CREATE INDEX category_question_category ON category_question (category_id, place, id);
CREATE INDEX category_route_department ON category_route (department_id);

CREATE TABLE area (
    key TEXT PRIMARY KEY,
    name_sr TEXT NOT NULL,
    name_en TEXT NOT NULL,
    place INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- A street, or a part of it by house numbers. side: both, odd, even.
CREATE TABLE area_street (
    id INTEGER PRIMARY KEY,
    area TEXT NOT NULL REFERENCES area (key),
    name TEXT NOT NULL,
    from_house INTEGER,
    to_house INTEGER,
    side TEXT NOT NULL
) STRICT;
CREATE INDEX area_street_area ON area_street (area, id);

-- What holds now; the timeline has what was said before. answer: as domain/question stores it.
CREATE TABLE case_answer (
    case_id INTEGER NOT NULL REFERENCES case_file (id),
    question_id INTEGER NOT NULL REFERENCES category_question (id),
    answer TEXT NOT NULL,
    answered_at INTEGER NOT NULL,
    PRIMARY KEY (case_id, question_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX case_answer_question ON case_answer (question_id);

-- Categories that were moved to another branch, whose cases do not all know the top of that branch yet.
CREATE TABLE category_moved (
    category_id INTEGER PRIMARY KEY REFERENCES category (id)
) STRICT;
