-- Templates that people write with, and macros made of the verbs. Equal tables in postgres/0030_templates.sql.

-- words_sr: in Serbian Cyrillic, Latin is made from it; words_en may be empty. department_id: whose officers see it; none: everybody.
CREATE TABLE kept_template (
    id INTEGER PRIMARY KEY,
    name_sr TEXT NOT NULL,
    name_en TEXT NOT NULL,
    kind TEXT NOT NULL,
    department_id INTEGER REFERENCES department (id),
    words_sr TEXT NOT NULL,
    words_en TEXT NOT NULL,
    archived INTEGER NOT NULL,
    version INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX kept_template_department ON kept_template (department_id);

-- steps: JSON list, in the order in which they are taken.
CREATE TABLE case_macro (
    id INTEGER PRIMARY KEY,
    name_sr TEXT NOT NULL,
    name_en TEXT NOT NULL,
    department_id INTEGER REFERENCES department (id),
    steps TEXT NOT NULL,
    archived INTEGER NOT NULL,
    version INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX case_macro_department ON case_macro (department_id);
