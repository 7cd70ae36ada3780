-- Search keys of whose work a case is (src/domain/search.rs): who sees only some cases searches among those alone. Equal tables in
-- postgres/0047_owner_keys.sql.
ALTER TABLE case_search ADD COLUMN owners TEXT NOT NULL DEFAULT '';
UPDATE case_search SET owners = (
    SELECT trim(COALESCE(char(57348) || c.department_id, '') || COALESCE(' ' || char(57349) || c.assignee_id, '')
        || CASE WHEN c.opened_by IS NOT c.assignee_id THEN COALESCE(' ' || char(57349) || c.opened_by, '') ELSE '' END)
    FROM case_file c WHERE c.id = case_search.case_id
);
INSERT INTO case_fts (case_fts) VALUES ('delete-all');
INSERT INTO case_fts (rowid, body) SELECT case_id, body || ' ' || who || ' ' || owners FROM case_search;

-- One category, or what changed last, of the cases of one service.
CREATE INDEX case_file_department_category ON case_file (department_id, category_id, opened_at, id);
CREATE INDEX case_file_department_updated ON case_file (department_id, updated_at, id);
