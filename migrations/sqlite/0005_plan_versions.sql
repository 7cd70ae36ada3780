-- Every text of a dialplan that was taken over, so that one can see who changed what and go back. `author_id` is NULL for
-- what was changed by hand in the folder.
CREATE TABLE plan_version (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    revision TEXT NOT NULL,
    words TEXT NOT NULL,
    author_id INTEGER REFERENCES user_account (id),
    at INTEGER NOT NULL,
    note TEXT NOT NULL
) STRICT;
CREATE INDEX plan_version_name ON plan_version (name, id);

-- Today's ways through the plans are counted in the order in which the calls ended.
CREATE INDEX interaction_walked ON interaction (ended_at, id) WHERE walk IS NOT NULL;
