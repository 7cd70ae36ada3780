-- How the cases of one service ended. An equal index in sqlite/0048_service_outcome.sql.
CREATE INDEX case_file_department_outcome ON case_file (department_id, outcome, opened_at, id) WHERE outcome IS NOT NULL;
