-- How many contacts of a campaign are where, and what came of its attempts, so that its page does not count a million of them every three seconds.
-- Equal tables in sqlite/0061_dial_counts.sql.
-- '' is NULL.
CREATE TABLE dial_contact_count (
    campaign_id BIGINT NOT NULL REFERENCES dial_campaign (id),
    state TEXT NOT NULL,
    reason TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    last_outcome TEXT NOT NULL,
    n BIGINT NOT NULL,
    PRIMARY KEY (campaign_id, state, reason, attempts, last_outcome)
);
INSERT INTO dial_contact_count (campaign_id, state, reason, attempts, last_outcome, n)
    SELECT campaign_id, state, COALESCE(reason, ''), attempts, COALESCE(last_outcome, ''), count(*) FROM dial_contact GROUP BY 1, 2, 3, 4, 5;
CREATE FUNCTION dial_contact_count_add (one dial_contact, by BIGINT) RETURNS void LANGUAGE sql AS $$
    INSERT INTO dial_contact_count (campaign_id, state, reason, attempts, last_outcome, n)
        VALUES (one.campaign_id, one.state, COALESCE(one.reason, ''), one.attempts, COALESCE(one.last_outcome, ''), by)
        ON CONFLICT (campaign_id, state, reason, attempts, last_outcome) DO UPDATE SET n = dial_contact_count.n + by
$$;
CREATE FUNCTION dial_contact_count () RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        PERFORM dial_contact_count_add(new, 1);
    -- Rows are locked in one order, so that two changes never wait for each other.
    ELSIF (old.state, COALESCE(old.reason, ''), old.attempts, COALESCE(old.last_outcome, ''))
        < (new.state, COALESCE(new.reason, ''), new.attempts, COALESCE(new.last_outcome, '')) THEN
        PERFORM dial_contact_count_add(old, -1);
        PERFORM dial_contact_count_add(new, 1);
    ELSIF (old.state, COALESCE(old.reason, ''), old.attempts, COALESCE(old.last_outcome, ''))
        > (new.state, COALESCE(new.reason, ''), new.attempts, COALESCE(new.last_outcome, '')) THEN
        PERFORM dial_contact_count_add(new, 1);
        PERFORM dial_contact_count_add(old, -1);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER dial_contact_counted AFTER INSERT OR UPDATE OF state, reason, attempts, last_outcome ON dial_contact
    FOR EACH ROW EXECUTE FUNCTION dial_contact_count ();

CREATE TABLE dial_attempt_count (
    campaign_id BIGINT NOT NULL REFERENCES dial_campaign (id),
    outcome TEXT NOT NULL,
    n BIGINT NOT NULL,
    PRIMARY KEY (campaign_id, outcome)
);
INSERT INTO dial_attempt_count (campaign_id, outcome, n)
    SELECT campaign_id, COALESCE(outcome, ''), count(*) FROM dial_attempt GROUP BY 1, 2;
CREATE FUNCTION dial_attempt_count_add (campaign BIGINT, word TEXT, by BIGINT) RETURNS void LANGUAGE sql AS $$
    INSERT INTO dial_attempt_count (campaign_id, outcome, n) VALUES (campaign, word, by)
        ON CONFLICT (campaign_id, outcome) DO UPDATE SET n = dial_attempt_count.n + by
$$;
CREATE FUNCTION dial_attempt_count () RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    before TEXT;
    after TEXT;
BEGIN
    IF TG_OP = 'INSERT' THEN
        PERFORM dial_attempt_count_add(new.campaign_id, COALESCE(new.outcome, ''), 1);
        RETURN NULL;
    -- One that was taken back.
    ELSIF TG_OP = 'DELETE' THEN
        PERFORM dial_attempt_count_add(old.campaign_id, COALESCE(old.outcome, ''), -1);
        RETURN NULL;
    END IF;
    before := COALESCE(old.outcome, '');
    after := COALESCE(new.outcome, '');
    IF before < after THEN
        PERFORM dial_attempt_count_add(old.campaign_id, before, -1);
        PERFORM dial_attempt_count_add(new.campaign_id, after, 1);
    ELSIF before > after THEN
        PERFORM dial_attempt_count_add(new.campaign_id, after, 1);
        PERFORM dial_attempt_count_add(old.campaign_id, before, -1);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER dial_attempt_counted AFTER INSERT OR DELETE OR UPDATE OF outcome ON dial_attempt
    FOR EACH ROW EXECUTE FUNCTION dial_attempt_count ();

-- They were for the counts. Contacts are shown by state, page by page.
DROP INDEX dial_contact_state;
CREATE INDEX dial_contact_state ON dial_contact (campaign_id, state, id);
DROP INDEX dial_attempt_campaign;

-- At nine in the morning a hundred thousand may be due at once: whoever was promised that time is not looked for among them.
CREATE INDEX dial_contact_promised ON dial_contact (campaign_id, appointment, not_before, id) WHERE state = 'waiting' AND rank IS NULL AND appointment = 1;
