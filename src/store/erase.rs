//! What is kept of citizens is taken out of its rows. What is left holds together: rows are still what their timelines say, and the digests
//! of erased entries stand where their salts stood, so that the audit still holds.

use jiff::Timestamp;
use serde_json::Value as Json;

use super::person::GROUP;
use super::search_index::Unindexed;
use super::sql::{Row, args};
use super::tx::Tx;
use super::{Db, StoreError};
use crate::domain::audit::SealedFields;
use crate::domain::audit::digest::{hex, leaf};
use crate::domain::case::{CaseNumber, Status};
use crate::domain::id::{CaseEventId, CaseId, CategoryId, PersonId, RecordingId};
use crate::domain::timeline::Entry;

/// What a table keeps of citizens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keeps {
    /// Of the municipality and its people only.
    Nothing,
    /// Taken out with the case, by these statements; `$1` is the case.
    OfCases(&'static [&'static str]),
    /// Taken out with the person; `$1` is the person.
    OfPeople(&'static [&'static str]),
    /// Taken out by what this file does besides, or gone by itself.
    Otherwise(&'static str),
}

/// Every table of the database. A test fails for one that is not on the list, so that a new table does not keep what was erased.
pub const TABLES: &[(&str, Keeps)] = &[
    ("alert", Keeps::OfCases(&["DELETE FROM alert WHERE case_id = $1"])),
    ("api_token", Keeps::Nothing),
    ("area", Keeps::Nothing),
    ("area_street", Keeps::Nothing),
    ("attachment", Keeps::Otherwise("marked as removed, without their names; the sweep takes the bytes")),
    ("audit", Keeps::Otherwise("details about the person are erased with the person")),
    ("audit_head", Keeps::Nothing),
    ("blob", Keeps::Otherwise("with the attachments")),
    ("calendar_day", Keeps::Nothing),
    ("callback", Keeps::Otherwise("the number, with the contact")),
    ("campaign", Keeps::Nothing),
    ("campaign_count", Keeps::Nothing),
    ("campaign_event", Keeps::Nothing),
    (
        "campaign_fault",
        Keeps::Otherwise("rows of lists that name nobody we know, until the campaign's time is up"),
    ),
    ("campaign_minute", Keeps::Nothing),
    (
        "campaign_recipient",
        Keeps::OfPeople(&[
            "UPDATE outbox SET state = 'rejected', error = 'erased' WHERE state = 'queued' AND recipient_id IN \
             (SELECT id FROM campaign_recipient WHERE person_id = $1)",
            "UPDATE outbox SET words = '', recipient = '', subject = NULL WHERE recipient_id IN \
             (SELECT id FROM campaign_recipient WHERE person_id = $1)",
            "UPDATE campaign_recipient SET name = '', phone = NULL, email = NULL, address = '', fields = '[]', person_id = NULL \
             WHERE person_id = $1",
        ]),
    ),
    ("campaign_source", Keeps::Nothing),
    ("case_answer", Keeps::OfCases(&["UPDATE case_answer SET answer = '' WHERE case_id = $1"])),
    ("case_count", Keeps::Nothing),
    ("case_deadline", Keeps::Nothing),
    ("case_draft", Keeps::OfCases(&["DELETE FROM case_draft WHERE case_id = $1"])),
    ("case_event", Keeps::Otherwise("entry by entry")),
    ("case_file", Keeps::OfCases(&["UPDATE case_file SET lat = NULL, lon = NULL WHERE id = $1"])),
    ("case_fts", Keeps::Otherwise("follows case_search")),
    ("case_link", Keeps::Nothing),
    ("case_party", Keeps::OfPeople(&["DELETE FROM case_party WHERE person_id = $1"])),
    ("case_macro", Keeps::Nothing),
    ("case_pin", Keeps::OfCases(&["DELETE FROM case_pin WHERE case_id = $1"])),
    ("case_search", Keeps::Otherwise("what is left is the number of the case")),
    ("case_taken", Keeps::OfCases(&["DELETE FROM case_taken WHERE case_id = $1"])),
    ("case_watcher", Keeps::Nothing),
    ("category", Keeps::Nothing),
    ("category_moved", Keeps::Nothing),
    ("category_question", Keeps::Nothing),
    ("category_route", Keeps::Nothing),
    ("contact_point", Keeps::OfPeople(&["DELETE FROM contact_point WHERE person_id = $1"])),
    (
        "deadline_pause",
        Keeps::OfCases(&["UPDATE deadline_pause SET words = '' WHERE deadline_id IN \
             (SELECT id FROM case_deadline WHERE case_id = $1)"]),
    ),
    ("deadline_profile", Keeps::Nothing),
    // Reports that found no text; before the numbers of its texts are gone.
    (
        "delivery_report",
        Keeps::OfCases(&["DELETE FROM delivery_report WHERE recipient IN \
             (SELECT recipient FROM outbox WHERE case_id = $1 AND channel = 'sms')"]),
    ),
    ("department", Keeps::Nothing),
    // The network's words are kept without numbers.
    ("dial_attempt", Keeps::Nothing),
    ("dial_attempt_count", Keeps::Nothing),
    ("dial_campaign", Keeps::Nothing),
    (
        "dial_contact",
        Keeps::OfPeople(&[
            "UPDATE dial_contact SET state = 'done', reason = 'withdrawn', rank = NULL WHERE person_id = $1 AND state = 'waiting'",
            "UPDATE dial_contact SET name = '', phone = NULL, fields = '[]', person_id = NULL WHERE person_id = $1",
        ]),
    ),
    ("dial_contact_count", Keeps::Nothing),
    ("dial_day", Keeps::Nothing),
    ("dial_operator", Keeps::Nothing),
    ("erasure_request", Keeps::Otherwise("the reason, when it is done")),
    ("interaction", Keeps::Otherwise("those that the timeline names")),
    (
        "interview",
        Keeps::OfPeople(&[
            // An answer in their own words may name them; that something was said stays.
            "UPDATE interview_answer SET answer = '{\"text\":\"…\"}' WHERE answer LIKE '{\"text\"%' AND interview_id IN \
             (SELECT id FROM interview WHERE person_id = $1)",
            "UPDATE interview SET person_id = NULL WHERE person_id = $1",
        ]),
    ),
    (
        "interview_answer",
        Keeps::Otherwise("with the interview; what is left are codes and numbers, nobody's then"),
    ),
    ("interview_hold", Keeps::Nothing),
    ("kept_template", Keeps::Nothing),
    (
        "mail_received",
        Keeps::OfCases(&[
            "UPDATE mail_received SET message_id = NULL, sender = NULL, subject = '', thread_ids = '' \
             WHERE case_id = $1",
        ]),
    ),
    ("mail_token", Keeps::OfCases(&["DELETE FROM mail_token WHERE case_id = $1"])),
    ("mailbox", Keeps::Nothing),
    ("message_part", Keeps::Otherwise("with the person's numbers, and all of them after a month")),
    ("migration", Keeps::Nothing),
    ("node", Keeps::Nothing),
    (
        "notice",
        Keeps::OfCases(&["UPDATE notice SET words = '', ladder = '[]', check_at = NULL WHERE case_id = $1"]),
    ),
    ("notice_try", Keeps::Nothing),
    ("number_series", Keeps::Nothing),
    ("operator_skill", Keeps::Nothing),
    ("operator_state", Keeps::Nothing),
    ("operator_state_log", Keeps::Nothing),
    (
        "outbox",
        Keeps::OfCases(&[
            "UPDATE outbox SET recipient = '', words = '', subject = NULL, message_id = NULL, \
             in_reply_to = NULL, thread_ids = NULL, files = NULL, error = NULL WHERE case_id = $1",
        ]),
    ),
    // The network's words are kept without numbers.
    ("outbox_call", Keeps::Nothing),
    (
        "opt_out",
        Keeps::Otherwise("a keyed digest of the address, by which a list that brings it again is known"),
    ),
    ("outbox_part", Keeps::Nothing),
    ("pause_reason", Keeps::Nothing),
    (
        "person",
        Keeps::OfPeople(&[
            "UPDATE person SET name = '', address = '', language = NULL, tell_by = NULL WHERE id = $1",
        ]),
    ),
    ("person_address", Keeps::OfPeople(&["DELETE FROM person_address WHERE person_id = $1"])),
    ("person_consent", Keeps::OfPeople(&["DELETE FROM person_consent WHERE person_id = $1"])),
    // Appended to, never changed: it goes as a whole, with what it would undo.
    ("person_event", Keeps::OfPeople(&["DELETE FROM person_event WHERE person_id = $1"])),
    ("person_fts", Keeps::Otherwise("follows the keys of person")),
    ("person_tag", Keeps::OfPeople(&["DELETE FROM person_tag WHERE person_id = $1"])),
    ("phone", Keeps::Nothing),
    ("phone_binding", Keeps::Nothing),
    ("plan_version", Keeps::Nothing),
    ("queue", Keeps::Nothing),
    ("queue_day", Keeps::Nothing),
    ("queue_member", Keeps::Nothing),
    (
        "recording",
        Keeps::OfCases(&["UPDATE recording SET state = 'erasing' WHERE case_id = $1 AND state = 'kept'"]),
    ),
    ("recovery_code", Keeps::Nothing),
    ("retention_rule", Keeps::Nothing),
    ("rights_version", Keeps::Nothing),
    ("role", Keeps::Nothing),
    ("role_right", Keeps::Nothing),
    ("saved_filter", Keeps::Otherwise("what users look for; theirs to remove")),
    ("second_factor", Keeps::Nothing),
    ("segment", Keeps::Nothing),
    ("session", Keeps::Nothing),
    ("setup_link", Keeps::Nothing),
    ("survey", Keeps::Nothing),
    ("survey_answer", Keeps::Otherwise("keys that were pressed, nobody's once the contact is nobody's")),
    ("survey_cell", Keeps::Nothing),
    ("survey_version", Keeps::Nothing),
    ("task", Keeps::Nothing),
    ("template", Keeps::Nothing),
    ("trunk_spend", Keeps::Nothing),
    ("upload", Keeps::Otherwise("gone a day after they came")),
    ("user_account", Keeps::Nothing),
    ("user_email", Keeps::Nothing),
    ("user_extension", Keeps::Nothing),
    ("webhook", Keeps::Nothing),
    (
        "webhook_delivery",
        Keeps::OfCases(&[
            "UPDATE webhook_delivery SET facts = '{}', body = NULL WHERE case_id = $1 AND state <> 'queued'",
        ]),
    ),
    ("working_calendar", Keeps::Nothing),
];

/// A case of somebody, as far as it matters for erasing it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErasableCase {
    pub id: CaseId,
    pub number: CaseNumber,
    pub status: Status,
    pub category: CategoryId,
    pub person: Option<PersonId>,
    pub updated_at: Timestamp,
}

const ERASABLE: &str = "SELECT id, number, status, category_id, person_id, updated_at FROM case_file";

/// Cases of one person that are looked at; nobody has more.
const CASES: i64 = 10_000;

impl Db {
    /// The cases that still keep something of a person, of those merged into them too; oldest first.
    pub async fn erasable_cases(&self, person: PersonId) -> Result<Vec<ErasableCase>, StoreError> {
        let sql = sqlx::AssertSqlSafe(format!(
            "{ERASABLE} WHERE person_id IN ({GROUP}) AND erased_at IS NULL ORDER BY opened_at, id LIMIT $2"
        ));
        self.all(sql, args![person, CASES]).await?.iter().map(erasable).collect()
    }

    /// Closed cases that were last changed before `before` and still keep something, the longest kept first; behind `after`.
    pub async fn retained_cases(
        &self,
        before: Timestamp,
        after: (Timestamp, CaseId),
        limit: i64,
    ) -> Result<Vec<ErasableCase>, StoreError> {
        let sql = sqlx::AssertSqlSafe(format!(
            "{ERASABLE} WHERE status = 'closed' AND erased_at IS NULL AND updated_at < $1 \
             AND (updated_at > $2 OR (updated_at = $2 AND id > $3)) ORDER BY updated_at, id LIMIT $4"
        ));
        self.all(sql, args![before, after.0, after.1, limit]).await?.iter().map(erasable).collect()
    }

    /// Names of all tables, for the proof that none is forgotten.
    pub async fn tables(&self) -> Result<Vec<String>, StoreError> {
        let sql = if self.is_postgres() {
            "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
        } else {
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT GLOB 'sqlite_*' ORDER BY 1"
        };
        self.all(sql, args![]).await?.iter().map(|row| row.get(0)).collect()
    }

    /// Every row of a table as one text, for the proof that nothing is left. The index of the embedded database has no rows to read: what is left
    /// of it is looked for in its file.
    pub async fn texts_of(&self, table: &str) -> Result<Vec<String>, StoreError> {
        let sql = if self.is_postgres() {
            if table.ends_with("_fts") {
                return Ok(Vec::new());
            }
            format!("SELECT row_to_json(t)::text FROM {table} t")
        } else {
            let sql = format!("SELECT name FROM pragma_table_info('{table}')");
            let columns = self.all(sqlx::AssertSqlSafe(sql), args![]).await?;
            let columns: Vec<String> = columns.iter().map(|row| row.get(0)).collect::<Result<_, _>>()?;
            let columns: Vec<String> = columns
                .iter()
                .map(|c| {
                    format!(
                        "COALESCE(CASE typeof({c}) WHEN 'blob' THEN hex({c}) ELSE CAST({c} AS TEXT) END, '')"
                    )
                })
                .collect();
            format!("SELECT {} FROM {table}", columns.join(" || ' ' || "))
        };
        let known = TABLES.iter().any(|(name, _)| *name == table);
        if !known {
            return Err(StoreError::Database(format!("there is no table {table:?}")));
        }
        self.all(sqlx::AssertSqlSafe(sql), args![]).await?.iter().map(|row| row.get(0)).collect()
    }

    /// Files that are to be removed: id and path, relative to the data folder.
    pub async fn erasing_recordings(&self, limit: i64) -> Result<Vec<(RecordingId, String)>, StoreError> {
        let sql = "SELECT id, path FROM recording WHERE state = 'erasing' ORDER BY id LIMIT $1";
        self.all(sql, args![limit]).await?.iter().map(|row| Ok((row.get(0)?, row.get(1)?))).collect()
    }
}

fn erasable(row: &Row) -> Result<ErasableCase, StoreError> {
    let mut r = row.reader();
    Ok(ErasableCase {
        id: r.next()?,
        number: r.next()?,
        status: r.next()?,
        category: r.next()?,
        person: r.next()?,
        updated_at: r.next()?,
    })
}

impl Tx<'_> {
    /// Whether a message of the case is still on its way.
    pub async fn is_under_way(&mut self, case: CaseId) -> Result<bool, StoreError> {
        let sql = "SELECT id FROM outbox WHERE case_id = $1 AND state IN ('queued', 'sending') LIMIT 1";
        let on_the_way = self.optional(sql, args![case]).await?.is_some();
        let sql = "SELECT id FROM notice WHERE case_id = $1 AND state = 'telling' LIMIT 1";
        Ok(on_the_way || self.optional(sql, args![case]).await?.is_some())
    }

    /// Everything that the tables around the case keep of citizens, and its timeline. `search`: the keys that are left. Each changed entry with
    /// the digest of what is left of it, for the audit to tell under `key`.
    pub async fn erase_case(
        &mut self,
        case: CaseId,
        (key, at): (&str, Timestamp),
        search: &str,
    ) -> Result<Vec<(i64, String)>, StoreError> {
        let mut told = Vec::new();
        for entry in self.entries_to_erase(case).await? {
            if let Some(contact) = entry.contact() {
                self.erase_contact(contact).await?;
            }
            let Some(left) = entry.without_citizen()? else { continue };
            told.push(self.erase_entry(case, &entry, &left, key).await?);
        }
        self.erase_attachments("case_id", case.0, at).await?;
        for (_, keeps) in TABLES {
            if let Keeps::OfCases(statements) = keeps {
                for sql in *statements {
                    self.execute(*sql, args![case]).await?;
                }
            }
        }
        let sql = "UPDATE case_search SET body = $2, who = '' WHERE case_id = $1";
        self.execute(sql, args![case, search]).await?;
        self.unindexed.push(Unindexed::case(case, true));
        Ok(told)
    }

    /// Of a case, oldest first: those that nothing was erased of yet.
    pub(super) async fn entries_to_erase(&mut self, case: CaseId) -> Result<Vec<StoredEntry>, StoreError> {
        let sql = "SELECT id, at, kind, actor_id, token, visibility, payload, salt FROM case_event \
             WHERE case_id = $1 AND erasure IS NULL ORDER BY id";
        self.all(sql, args![case]).await?.iter().map(StoredEntry::read).collect()
    }

    /// Its id with the digest of what is left of it.
    pub(super) async fn erase_entry(
        &mut self,
        case: CaseId,
        entry: &StoredEntry,
        left: &str,
        key: &str,
    ) -> Result<(i64, String), StoreError> {
        let was = leaf(entry.salt.as_deref().unwrap_or_default(), &entry.fields(case, &entry.payload));
        let sql = "UPDATE case_event SET payload = $2, salt = NULL, digest = $3, erasure = $4 WHERE id = $1";
        self.execute(sql, args![entry.id, left, was.to_vec(), key]).await?;
        Ok((entry.id.0, hex(&leaf(&[], &entry.fields(case, left)))))
    }

    /// `of`: the column that says whose they are.
    pub(super) async fn erase_attachments(
        &mut self,
        of: &'static str,
        id: i64,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let sql = format!("SELECT DISTINCT sha256 FROM attachment WHERE {of} = $1 AND removed_at IS NULL");
        let rows = self.all(sqlx::AssertSqlSafe(sql), args![id]).await?;
        let sql = format!(
            "UPDATE attachment SET name = '', declared_type = NULL, removed_at = COALESCE(removed_at, $2) \
             WHERE {of} = $1"
        );
        self.execute(sqlx::AssertSqlSafe(sql), args![id, at]).await?;
        for row in &rows {
            self.drop_unreferred(&row.get(0)?, at).await?;
        }
        Ok(())
    }

    /// By whom and to whom, and the id that the network gave it, which is made of both.
    pub(super) async fn erase_contact(&mut self, id: i64) -> Result<(), StoreError> {
        let sql = "UPDATE interaction SET caller_kind = 'hidden', caller = NULL, external_id = $2, \
             called = CASE WHEN direction = 'in' THEN called ELSE '' END WHERE id = $1";
        self.execute(sql, args![id, format!("erased:{id}")]).await?;
        let sql = "UPDATE callback SET number = '' WHERE interaction_id = $1 AND state <> 'promised'";
        self.execute(sql, args![id]).await.map(drop)
    }

    /// Kept recordings of one age; those whose files are to be removed now.
    pub async fn erase_recordings(&mut self, ids: &[RecordingId]) -> Result<Vec<i64>, StoreError> {
        let mut erased = Vec::with_capacity(ids.len());
        for id in ids {
            let sql = "UPDATE recording SET state = 'erasing' WHERE id = $1 AND state = 'kept'";
            if self.execute(sql, args![*id]).await? > 0 {
                erased.push(id.0);
            }
        }
        Ok(erased)
    }

    /// The file is gone.
    pub async fn recording_is_erased(&mut self, id: RecordingId) -> Result<(), StoreError> {
        let sql = "UPDATE recording SET state = 'erased', path = '' WHERE id = $1 AND state = 'erasing'";
        self.execute(sql, args![id]).await.map(drop)
    }
}

/// An entry with all that its digest is taken over.
pub(super) struct StoredEntry {
    id: CaseEventId,
    at: i64,
    pub(super) kind: String,
    actor: Option<i64>,
    token: Option<String>,
    visibility: String,
    payload: String,
    salt: Option<Vec<u8>>,
}

impl StoredEntry {
    fn read(row: &Row) -> Result<Self, StoreError> {
        let mut r = row.reader();
        Ok(Self {
            id: r.next()?,
            at: r.next()?,
            kind: r.next()?,
            actor: r.next()?,
            token: r.next()?,
            visibility: r.next()?,
            payload: r.next()?,
            salt: r.next()?,
        })
    }

    fn fields<'e>(&'e self, case: CaseId, payload: &'e str) -> SealedFields<'e> {
        SealedFields {
            id: self.id,
            case,
            at: self.at,
            kind: &self.kind,
            actor: self.actor,
            token: self.token.as_deref(),
            visibility: &self.visibility,
            payload,
        }
    }

    /// The contact that it tells of, whatever kind it is.
    pub(super) fn contact(&self) -> Option<i64> {
        self.json().ok()?.get("interaction")?.as_i64()
    }

    /// The payload that is left; `None` when it stays as it is.
    pub(super) fn without_citizen(&self) -> Result<Option<String>, StoreError> {
        let left = self.entry()?.erasable();
        left.map(|left| serde_json::to_string(&left)).transpose().map_err(corrupt)
    }

    pub(super) fn entry(&self) -> Result<Entry, StoreError> {
        serde_json::from_str(&self.payload).map_err(corrupt)
    }

    pub(super) fn json(&self) -> Result<Json, StoreError> {
        serde_json::from_str(&self.payload).map_err(corrupt)
    }
}

fn corrupt(error: serde_json::Error) -> StoreError {
    StoreError::Corrupt(error.to_string())
}
