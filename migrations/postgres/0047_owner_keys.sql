-- Search keys of whose work a case is (src/domain/search.rs): who sees only some cases searches among those alone. Equal tables in
-- sqlite/0047_owner_keys.sql.
ALTER TABLE case_search ADD COLUMN owners TEXT NOT NULL DEFAULT '';
-- Before the index of words is there again.
ALTER TABLE case_search DROP COLUMN words;
UPDATE case_search s SET owners = concat_ws (
    ' ', chr(57348) || c.department_id, chr(57349) || c.assignee_id,
    CASE WHEN c.opened_by IS DISTINCT FROM c.assignee_id THEN chr(57349) || c.opened_by END
) FROM case_file c
    WHERE c.id = s.case_id AND (c.department_id IS NOT NULL OR c.assignee_id IS NOT NULL OR c.opened_by IS NOT NULL);
ALTER TABLE case_search ADD COLUMN words TSVECTOR GENERATED ALWAYS AS (
    array_to_tsvector (array_remove (string_to_array (body || ' ' || who || ' ' || owners, ' '), ''))
) STORED;
CREATE INDEX case_search_words ON case_search USING gin (words);

-- One category, or what changed last, of the cases of one service.
CREATE INDEX case_file_department_category ON case_file (department_id, category_id, opened_at, id);
CREATE INDEX case_file_department_updated ON case_file (department_id, updated_at, id);
