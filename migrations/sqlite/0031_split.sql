-- Cases that were split off from others, and deadlines that rest. Equal tables in postgres/0031_split.sql.

-- Entries of one case that another one is about too: the case that was split off shows them, with their files and recordings. They stay
-- where they are, so that what is erased there is erased here.
CREATE TABLE case_taken (
    -- The case that was split off.
    case_id INTEGER NOT NULL REFERENCES case_file (id),
    event_id INTEGER NOT NULL REFERENCES case_event (id),
    -- Whose entry it is.
    from_id INTEGER NOT NULL REFERENCES case_file (id),
    attachment_id INTEGER REFERENCES attachment (id),
    recording_id INTEGER REFERENCES recording (id),
    PRIMARY KEY (case_id, event_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX case_taken_event ON case_taken (event_id);
CREATE INDEX case_taken_from ON case_taken (from_id);
CREATE INDEX case_taken_attachment ON case_taken (attachment_id) WHERE attachment_id IS NOT NULL;
CREATE INDEX case_taken_recording ON case_taken (recording_id) WHERE recording_id IS NOT NULL;

-- Of a case that became a part of another one: nobody is reminded, and nothing is met or missed, until it goes on by itself.
ALTER TABLE case_deadline ADD COLUMN rests INTEGER NOT NULL DEFAULT 0;
UPDATE case_deadline SET rests = 1, next_at = NULL WHERE state IN ('running', 'paused')
    AND case_id IN (SELECT id FROM case_file WHERE merged_into IS NOT NULL);
