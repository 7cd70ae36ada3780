-- How many cases are in each status, by service, so that nobody who sees the cases of one service counts them; and the index of what waits
-- for somebody. Equal tables in sqlite/0035_counts.sql.
DROP TRIGGER case_file_counted ON case_file;
DROP TABLE case_count;
-- department_id 0: cases of no service.
CREATE TABLE case_count (
    department_id BIGINT NOT NULL,
    status TEXT NOT NULL,
    n BIGINT NOT NULL,
    PRIMARY KEY (department_id, status)
);
INSERT INTO case_count (department_id, status, n)
    SELECT COALESCE(department_id, 0), status, count(*) FROM case_file GROUP BY 1, 2;
CREATE OR REPLACE FUNCTION case_file_count () RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    before BIGINT;
    after BIGINT := COALESCE(new.department_id, 0);
BEGIN
    IF TG_OP = 'UPDATE' THEN
        before := COALESCE(old.department_id, 0);
        IF before = after AND old.status = new.status THEN
            RETURN NULL;
        END IF;
        -- Rows are locked in one order, so that two changes never wait for each other.
        IF (before, old.status) < (after, new.status) THEN
            UPDATE case_count SET n = n - 1 WHERE department_id = before AND status = old.status;
        END IF;
    END IF;
    INSERT INTO case_count (department_id, status, n) VALUES (after, new.status, 1)
        ON CONFLICT (department_id, status) DO UPDATE SET n = case_count.n + 1;
    IF TG_OP = 'UPDATE' AND (before, old.status) > (after, new.status) THEN
        UPDATE case_count SET n = n - 1 WHERE department_id = before AND status = old.status;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER case_file_counted AFTER INSERT OR UPDATE OF status, department_id ON case_file
    FOR EACH ROW EXECUTE FUNCTION case_file_count ();
-- It was for the counts.
DROP INDEX case_file_department_status;
-- A service and a state, newest first.
CREATE INDEX case_file_department_status ON case_file (department_id, status, opened_at, id);

-- One branch of categories within a service: most branches have few cases of a service, and a walk through all of it finds them late.
CREATE INDEX case_file_department_root ON case_file (department_id, category_root_id, opened_at, id);

-- Counts of what is somebody's own in whatever service.
CREATE INDEX case_file_mine ON case_file (assignee_id, department_id, status) WHERE assignee_id IS NOT NULL;
CREATE INDEX case_file_opened_for ON case_file (opened_by, department_id, status, assignee_id) WHERE opened_by IS NOT NULL;

-- Oldest first, without those of everybody else.
CREATE INDEX task_waiting ON task (user_id, at, id) WHERE done_at IS NULL;
