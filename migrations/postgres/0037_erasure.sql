-- What leads to somebody who is erased on the cases of others. Equal tables in sqlite/0037_erasure.sql.

-- Few of all contacts: no incoming call or text pays for these.
CREATE INDEX interaction_placed ON interaction (called) WHERE direction = 'out';
CREATE INDEX interaction_asked ON interaction (caller) WHERE asked_case_id IS NOT NULL;

-- The one change to the timeline of a card: the name of somebody else, who was merged with it and is erased, leaves it.
CREATE OR REPLACE FUNCTION person_event_refuse () RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF old.kind IN ('merged', 'merged_into', 'split')
        AND new.id = old.id AND new.person_id = old.person_id AND new.at = old.at AND new.kind = old.kind
        AND new.actor_id IS NOT DISTINCT FROM old.actor_id AND new.token IS NOT DISTINCT FROM old.token
        AND length (new.payload) <= length (old.payload)
    THEN
        RETURN new;
    END IF;
    RAISE EXCEPTION 'a timeline is never changed';
END $$;
