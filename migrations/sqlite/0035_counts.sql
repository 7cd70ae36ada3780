-- How many cases are in each status, by service, so that nobody who sees the cases of one service counts them; and the index of what waits
-- for somebody. Equal tables in postgres/0035_counts.sql.
DROP TRIGGER case_file_counted;
DROP TRIGGER case_file_recounted;
DROP TABLE case_count;
-- department_id 0: cases of no service.
CREATE TABLE case_count (
    department_id INTEGER NOT NULL,
    status TEXT NOT NULL,
    n INTEGER NOT NULL,
    PRIMARY KEY (department_id, status)
) STRICT, WITHOUT ROWID;
INSERT INTO case_count (department_id, status, n)
    SELECT COALESCE(department_id, 0), status, count(*) FROM case_file GROUP BY 1, 2;
CREATE TRIGGER case_file_counted AFTER INSERT ON case_file BEGIN
    INSERT INTO case_count (department_id, status, n) VALUES (COALESCE(new.department_id, 0), new.status, 1)
        ON CONFLICT (department_id, status) DO UPDATE SET n = n + 1;
END;
CREATE TRIGGER case_file_recounted AFTER UPDATE OF status, department_id ON case_file
WHEN old.status <> new.status OR old.department_id IS NOT new.department_id BEGIN
    UPDATE case_count SET n = n - 1 WHERE department_id = COALESCE(old.department_id, 0) AND status = old.status;
    INSERT INTO case_count (department_id, status, n) VALUES (COALESCE(new.department_id, 0), new.status, 1)
        ON CONFLICT (department_id, status) DO UPDATE SET n = n + 1;
END;
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
