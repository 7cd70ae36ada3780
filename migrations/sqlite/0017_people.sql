-- People and search. Equal tables in postgres/0017_people.sql.

-- Search keys of the people whose case it is, apart from the case's own words, so that both can change.
ALTER TABLE case_search ADD COLUMN who TEXT NOT NULL DEFAULT '';

-- keys: what the person is found by; empty when nothing but a telephone number is known. version: of the card.
-- merged_by: the entry of the survivor's timeline that set merged_into; a person that was merged is never a survivor itself.
ALTER TABLE person ADD COLUMN keys TEXT NOT NULL DEFAULT '';
ALTER TABLE person ADD COLUMN version INTEGER NOT NULL DEFAULT 1;
ALTER TABLE person ADD COLUMN merged_by INTEGER;
CREATE INDEX person_merged ON person (merged_into) WHERE merged_into IS NOT NULL;
CREATE INDEX person_named ON person (id) WHERE name <> '';
-- From before there were keys: the program writes them in the background.
CREATE INDEX person_without_keys ON person (id) WHERE name <> '' AND keys = '' AND merged_into IS NULL;
CREATE VIRTUAL TABLE person_fts USING fts5 (
    body, content = '', contentless_delete = 1, detail = none, prefix = '2 3 4',
    tokenize = 'unicode61 remove_diacritics 0'
);

-- What people did to a card. Appended to, never changed.
CREATE TABLE person_event (
    id INTEGER PRIMARY KEY,
    person_id INTEGER NOT NULL REFERENCES person (id),
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    actor_id INTEGER REFERENCES user_account (id),
    token TEXT,
    payload TEXT NOT NULL
) STRICT;
CREATE INDEX person_event_person ON person_event (person_id, id);
CREATE TRIGGER person_event_not_changed BEFORE UPDATE ON person_event BEGIN
    SELECT RAISE (ABORT, 'a timeline is never changed');
END;

-- invalid_at: since when somebody knows that it reaches nobody.
ALTER TABLE contact_point ADD COLUMN is_primary INTEGER NOT NULL DEFAULT 0;
ALTER TABLE contact_point ADD COLUMN invalid_at INTEGER;

-- An address belongs to everybody who lives there, a telephone number to one: so they are apart. person.address is the primary one.
CREATE TABLE person_address (
    id INTEGER PRIMARY KEY,
    person_id INTEGER NOT NULL REFERENCES person (id),
    value TEXT NOT NULL,
    is_primary INTEGER NOT NULL DEFAULT 0,
    invalid_at INTEGER,
    UNIQUE (person_id, value)
) STRICT;
INSERT INTO person_address (person_id, value, is_primary) SELECT id, address, 1 FROM person WHERE address <> '';

-- What somebody agreed to as it is now; how it came to be is in person_event.
CREATE TABLE person_consent (
    person_id INTEGER NOT NULL REFERENCES person (id),
    kind TEXT NOT NULL,
    given INTEGER NOT NULL,
    how TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (person_id, kind)
) STRICT, WITHOUT ROWID;

-- Failures only: what is on its way does not pay for it.
CREATE INDEX outbox_failed ON outbox (recipient, id) WHERE state IN ('expired', 'rejected', 'undeliverable');

-- Lists of cases that somebody wants to come back to; query: the address of the list, without its path.
CREATE TABLE saved_filter (
    id INTEGER PRIMARY KEY,
    owner_id INTEGER NOT NULL REFERENCES user_account (id),
    name TEXT NOT NULL,
    query TEXT NOT NULL,
    shared INTEGER NOT NULL DEFAULT 0,
    place INTEGER NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX saved_filter_owner ON saved_filter (owner_id, place);
CREATE INDEX saved_filter_shared ON saved_filter (place) WHERE shared = 1;
CREATE INDEX case_file_updated ON case_file (updated_at, id);
CREATE INDEX case_file_outcome ON case_file (outcome, opened_at, id) WHERE outcome IS NOT NULL;
CREATE INDEX case_file_untold ON case_file (told, opened_at, id) WHERE told <> 'no';
