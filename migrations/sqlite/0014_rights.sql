-- Roles are data; what each may is a row for each right. Equal tables in postgres/0014_rights.sql.

-- base: the kind of work (administrator, supervisor, operator, officer). The first four are the program's.
CREATE TABLE role (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    base TEXT NOT NULL,
    name_sr TEXT NOT NULL,
    name_en TEXT NOT NULL,
    needs_second_factor INTEGER NOT NULL DEFAULT 0
) STRICT;
INSERT INTO role (id, key, base, name_sr, name_en) VALUES
    (1, 'administrator', 'administrator', 'Администратор', 'Administrator'),
    (2, 'supervisor', 'supervisor', 'Руководилац', 'Supervisor'),
    (3, 'operator', 'operator', 'Оператер', 'Operator'),
    (4, 'officer', 'officer', 'Службеник', 'Officer');

-- rules: JSON list. A pair that is missing is a right that came with a newer version: the start gives it its default.
CREATE TABLE role_right (
    role_id INTEGER NOT NULL REFERENCES role (id),
    name TEXT NOT NULL,
    rules TEXT NOT NULL,
    PRIMARY KEY (role_id, name)
) STRICT, WITHOUT ROWID;

-- One more with every change of roles, rules and users, so that every node reads them anew.
CREATE TABLE rights_version (
    one INTEGER PRIMARY KEY,
    n INTEGER NOT NULL
) STRICT;
INSERT INTO rights_version (one, n) VALUES (1, 1);

ALTER TABLE user_account ADD COLUMN role_id INTEGER REFERENCES role (id);
UPDATE user_account SET role_id = (SELECT r.id FROM role r WHERE r.key = user_account.role);
CREATE INDEX user_account_role ON user_account (role_id);

-- A token acts with a role, and as its owner where it matters whose a case is.
ALTER TABLE api_token ADD COLUMN role_id INTEGER NOT NULL DEFAULT 2;
ALTER TABLE api_token ADD COLUMN owner_id INTEGER REFERENCES user_account (id);
ALTER TABLE api_token ADD COLUMN expires_at INTEGER;
ALTER TABLE api_token ADD COLUMN used_at INTEGER;
ALTER TABLE api_token ADD COLUMN revoked_at INTEGER;

-- Who opened the case on behalf of somebody; NULL: the citizen did.
ALTER TABLE case_file ADD COLUMN opened_by INTEGER REFERENCES user_account (id);
CREATE INDEX case_file_opened_by ON case_file (opened_by, opened_at, id) WHERE opened_by IS NOT NULL;
-- Counts for those who see the cases of some services only.
CREATE INDEX case_file_department_status ON case_file (department_id, status);
