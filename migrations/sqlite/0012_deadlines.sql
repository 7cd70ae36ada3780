-- Working days, deadlines and what waits for whom. Equal tables in postgres/0012_deadlines.sql.

-- week: JSON, hours of each day, Monday first; holidays: none or rs. revision grows when days change, so that running deadlines are
-- computed anew; changed grows with every change of the calendar or of a profile, so that other nodes read them anew.
CREATE TABLE working_calendar (
    key TEXT PRIMARY KEY,
    week TEXT NOT NULL,
    holidays TEXT NOT NULL,
    revision INTEGER NOT NULL DEFAULT 1,
    changed INTEGER NOT NULL DEFAULT 1
) STRICT, WITHOUT ROWID;
INSERT INTO working_calendar (key, week, holidays) VALUES
    ('office', '[["07:30-15:30"],["07:30-15:30"],["07:30-15:30"],["07:30-15:30"],["07:30-15:30"],[],[]]', 'rs');

-- Days with a rule of their own. hours: JSON list; an empty one: closed.
CREATE TABLE calendar_day (
    calendar_key TEXT NOT NULL REFERENCES working_calendar (key),
    date TEXT NOT NULL,
    hours TEXT NOT NULL,
    why TEXT NOT NULL,
    PRIMARY KEY (calendar_key, date)
) STRICT, WITHOUT ROWID;

-- terms: JSON; each deadline keeps those with which it began.
CREATE TABLE deadline_profile (
    key TEXT PRIMARY KEY,
    name_sr TEXT NOT NULL,
    name_en TEXT NOT NULL,
    everywhere INTEGER NOT NULL,
    active INTEGER NOT NULL DEFAULT 1,
    place INTEGER NOT NULL,
    terms TEXT NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO deadline_profile (key, name_sr, name_en, everywhere, place, terms) VALUES
    ('promise-48', 'Први одговор у року од 48 сати', 'First answer within 48 hours', 1, 1, '{"goal":"first_answer","unit":"working_day_hours","amount":48,"begin":"opening","last_day":"moves","source":"обећање службе","warn_hours":8,"escalation":[{"when":{"after":0},"to":"service"},{"when":{"after":24},"to":"supervisors"}]}'),
    ('promise-72', 'Први одговор у року од 72 сата', 'First answer within 72 hours', 0, 2, '{"goal":"first_answer","unit":"working_day_hours","amount":72,"begin":"opening","last_day":"moves","source":"обећање службе","warn_hours":8,"escalation":[{"when":{"after":0},"to":"service"},{"when":{"after":24},"to":"supervisors"}]}'),
    ('zup-30', 'Општи управни поступак, непосредно одлучивање', 'General administrative procedure, direct decision', 0, 3, '{"goal":"outcome","unit":"days","amount":30,"begin":"intake","last_day":"moves","source":"ЗУП, чл. 145. ст. 2","warn_hours":72,"escalation":[{"when":{"before":24},"to":"service"},{"when":{"after":0},"to":"supervisors"}]}'),
    ('zup-60', 'Општи управни поступак, испитни поступак', 'General administrative procedure, with examination', 0, 4, '{"goal":"outcome","unit":"days","amount":60,"begin":"intake","last_day":"moves","source":"ЗУП, чл. 145. ст. 3","warn_hours":120,"escalation":[{"when":{"before":48},"to":"service"},{"when":{"after":0},"to":"supervisors"}]}'),
    ('information-15', 'Приступ информацијама од јавног значаја', 'Access to information of public importance', 0, 5, '{"goal":"outcome","unit":"days","amount":15,"begin":"intake","last_day":"moves","source":"Закон о слободном приступу информацијама од јавног значаја, чл. 16","extend_by":25,"warn_hours":72,"escalation":[{"when":{"before":24},"to":"service"},{"when":{"after":0},"to":"supervisors"}]}'),
    ('information-48', 'Хитан приступ информацијама (живот, здравље, слобода)', 'Urgent access to information (life, health, liberty)', 0, 6, '{"goal":"outcome","unit":"hours","amount":48,"begin":"intake","last_day":"stays","source":"Закон о слободном приступу информацијама од јавног значаја, чл. 16. ст. 2","warn_hours":24,"escalation":[{"when":{"share":25},"to":"service"},{"when":{"before":12},"to":"supervisors"}]}'),
    ('complaint-15', 'Притужба', 'Complaint', 0, 7, '{"goal":"outcome","unit":"days","amount":15,"begin":"intake","last_day":"moves","source":"Закон о државној управи, чл. 81","warn_hours":72,"escalation":[{"when":{"before":24},"to":"service"},{"when":{"after":0},"to":"supervisors"}]}'),
    ('personal-data-30', 'Захтев лица на које се подаци односе', 'Request of a data subject', 0, 8, '{"goal":"outcome","unit":"days","amount":30,"begin":"intake","last_day":"moves","source":"ЗЗПЛ, чл. 21","extend_by":60,"warn_hours":120,"escalation":[{"when":{"before":48},"to":"service"},{"when":{"after":0},"to":"supervisors"}]}'),
    ('data-breach-72', 'Обавештење Поверенику о повреди података', 'Notice of a personal data breach', 0, 9, '{"goal":"outcome","unit":"hours","amount":72,"begin":"intake","last_day":"stays","source":"ЗЗПЛ, чл. 52","warn_hours":48,"escalation":[{"when":{"share":25},"to":"supervisors"},{"when":{"before":12},"to":"supervisors"}]}');

-- One deadline of one case; of a profile no more than one is live. alarms: bits of those that went off; next_at: the next one.
-- calendar: the revision by which due_at was computed.
CREATE TABLE case_deadline (
    id INTEGER PRIMARY KEY,
    case_id INTEGER NOT NULL REFERENCES case_file (id),
    profile TEXT NOT NULL,
    goal TEXT NOT NULL,
    terms TEXT NOT NULL,
    state TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    explanation TEXT NOT NULL,
    extended_by INTEGER NOT NULL DEFAULT 0,
    missed_at INTEGER,
    ended_at INTEGER,
    alarms INTEGER NOT NULL DEFAULT 0,
    next_at INTEGER,
    calendar INTEGER NOT NULL
) STRICT;
CREATE INDEX case_deadline_case ON case_deadline (case_id);
CREATE INDEX case_deadline_next ON case_deadline (next_at, id) WHERE next_at IS NOT NULL;
CREATE INDEX case_deadline_running ON case_deadline (calendar, id) WHERE state = 'running';

-- to_at: NULL while the clock stands still.
CREATE TABLE deadline_pause (
    id INTEGER PRIMARY KEY,
    deadline_id INTEGER NOT NULL REFERENCES case_deadline (id),
    from_at INTEGER NOT NULL,
    to_at INTEGER,
    reason TEXT NOT NULL,
    words TEXT NOT NULL
) STRICT;
CREATE INDEX deadline_pause_deadline ON deadline_pause (deadline_id);

-- What waits for somebody. subject: which of several on the same case, for example the profile of a deadline.
CREATE TABLE task (
    id INTEGER PRIMARY KEY,
    user_id INTEGER NOT NULL REFERENCES user_account (id),
    case_id INTEGER NOT NULL REFERENCES case_file (id),
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    at INTEGER NOT NULL,
    done_at INTEGER
) STRICT;
CREATE UNIQUE INDEX task_open ON task (user_id, case_id, kind, subject) WHERE done_at IS NULL;
CREATE INDEX task_case ON task (case_id) WHERE done_at IS NULL;

-- The list in the order of due dates, of one service or one person.
CREATE INDEX case_file_due_department ON case_file (department_id, due_at, id) WHERE due_at IS NOT NULL;
CREATE INDEX case_file_due_assignee ON case_file (assignee_id, due_at, id) WHERE due_at IS NOT NULL AND assignee_id IS NOT NULL;
