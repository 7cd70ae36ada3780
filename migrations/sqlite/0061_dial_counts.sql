-- How many contacts of a campaign are where, and what came of its attempts, so that its page does not count a million of them every three seconds.
-- Equal tables in postgres/0061_dial_counts.sql.
-- '' is NULL.
CREATE TABLE dial_contact_count (
    campaign_id INTEGER NOT NULL REFERENCES dial_campaign (id),
    state TEXT NOT NULL,
    reason TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    last_outcome TEXT NOT NULL,
    n INTEGER NOT NULL,
    PRIMARY KEY (campaign_id, state, reason, attempts, last_outcome)
) STRICT, WITHOUT ROWID;
INSERT INTO dial_contact_count (campaign_id, state, reason, attempts, last_outcome, n)
    SELECT campaign_id, state, COALESCE(reason, ''), attempts, COALESCE(last_outcome, ''), count(*) FROM dial_contact GROUP BY 1, 2, 3, 4, 5;
CREATE TRIGGER dial_contact_counted AFTER INSERT ON dial_contact BEGIN
    INSERT INTO dial_contact_count (campaign_id, state, reason, attempts, last_outcome, n)
        VALUES (new.campaign_id, new.state, COALESCE(new.reason, ''), new.attempts, COALESCE(new.last_outcome, ''), 1)
        ON CONFLICT (campaign_id, state, reason, attempts, last_outcome) DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER dial_contact_recounted AFTER UPDATE OF state, reason, attempts, last_outcome ON dial_contact
WHEN old.state <> new.state OR old.reason IS NOT new.reason OR old.attempts <> new.attempts OR old.last_outcome IS NOT new.last_outcome BEGIN
    UPDATE dial_contact_count SET n = n - 1 WHERE campaign_id = old.campaign_id AND state = old.state AND reason = COALESCE(old.reason, '')
        AND attempts = old.attempts AND last_outcome = COALESCE(old.last_outcome, '');
    INSERT INTO dial_contact_count (campaign_id, state, reason, attempts, last_outcome, n)
        VALUES (new.campaign_id, new.state, COALESCE(new.reason, ''), new.attempts, COALESCE(new.last_outcome, ''), 1)
        ON CONFLICT (campaign_id, state, reason, attempts, last_outcome) DO UPDATE SET n = n + 1;
END;

CREATE TABLE dial_attempt_count (
    campaign_id INTEGER NOT NULL REFERENCES dial_campaign (id),
    outcome TEXT NOT NULL,
    n INTEGER NOT NULL,
    PRIMARY KEY (campaign_id, outcome)
) STRICT, WITHOUT ROWID;
INSERT INTO dial_attempt_count (campaign_id, outcome, n)
    SELECT campaign_id, COALESCE(outcome, ''), count(*) FROM dial_attempt GROUP BY 1, 2;
CREATE TRIGGER dial_attempt_counted AFTER INSERT ON dial_attempt BEGIN
    INSERT INTO dial_attempt_count (campaign_id, outcome, n) VALUES (new.campaign_id, COALESCE(new.outcome, ''), 1)
        ON CONFLICT (campaign_id, outcome) DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER dial_attempt_recounted AFTER UPDATE OF outcome ON dial_attempt WHEN old.outcome IS NOT new.outcome BEGIN
    UPDATE dial_attempt_count SET n = n - 1 WHERE campaign_id = old.campaign_id AND outcome = COALESCE(old.outcome, '');
    INSERT INTO dial_attempt_count (campaign_id, outcome, n) VALUES (new.campaign_id, COALESCE(new.outcome, ''), 1)
        ON CONFLICT (campaign_id, outcome) DO UPDATE SET n = n + 1;
END;
-- One that was taken back.
CREATE TRIGGER dial_attempt_uncounted AFTER DELETE ON dial_attempt BEGIN
    UPDATE dial_attempt_count SET n = n - 1 WHERE campaign_id = old.campaign_id AND outcome = COALESCE(old.outcome, '');
END;

-- They were for the counts. Contacts are shown by state, page by page.
DROP INDEX dial_contact_state;
CREATE INDEX dial_contact_state ON dial_contact (campaign_id, state, id);
DROP INDEX dial_attempt_campaign;

-- At nine in the morning a hundred thousand may be due at once: whoever was promised that time is not looked for among them.
CREATE INDEX dial_contact_promised ON dial_contact (campaign_id, appointment, not_before, id) WHERE state = 'waiting' AND rank IS NULL AND appointment = 1;
