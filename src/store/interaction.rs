//! Contacts: one row for each call and each text, written before the network is answered.

use jiff::Timestamp;
use sqlx::AssertSqlSafe;

use super::node::Left;
use super::sql::{Row, args};
use super::tx::Tx;
use super::{Db, StoreError};
use crate::domain::call::Direction;
use crate::domain::caller::Caller;
use crate::domain::case::{CaseNumber, CaseRef, Channel};
use crate::domain::email::EmailAddress;
use crate::domain::id::{CaseId, CategoryId, DepartmentId, InteractionId, RecordingId, UserId};
use crate::domain::phone::PhoneNumber;

#[derive(Clone, Debug)]
pub struct NewCall<'a> {
    /// Which has the call.
    pub node: &'a str,
    pub external_id: &'a str,
    pub direction: Direction,
    /// Who placed it.
    pub operator: Option<UserId>,
    pub caller: &'a Caller,
    pub called: &'a str,
    pub at: Timestamp,
    pub plan_revision: &'a str,
}

#[derive(Clone, Debug)]
pub struct NewText<'a> {
    pub external_id: &'a str,
    pub sender: &'a Caller,
    pub recipient: &'a str,
    pub at: Timestamp,
}

/// A journaled contact and its case so far.
#[derive(Clone, Debug)]
pub struct Interaction {
    pub open: bool,
    pub direction: Direction,
    pub operator: Option<UserId>,
    pub caller: Caller,
    pub called: String,
    pub started_at: Timestamp,
    pub case: Option<InteractionCase>,
}

#[derive(Clone, Debug)]
pub struct InteractionCase {
    pub case: CaseRef,
    pub channel: Channel,
    pub category: CategoryId,
    pub department: Option<DepartmentId>,
}

#[derive(Clone, Debug)]
pub struct CallEnd<'a> {
    pub at: Timestamp,
    pub answered_at: Option<Timestamp>,
    pub by: &'a str,
    /// JSON.
    pub walk: &'a str,
}

/// A call that was open when the process died: its running recordings, with their paths.
#[derive(Clone, Debug)]
pub struct OpenCall {
    pub id: InteractionId,
    pub started_at: Timestamp,
    pub recordings: Vec<(RecordingId, String)>,
}

impl Db {
    /// What a contact became, as soon as it is a case.
    pub async fn case_of_contact(&self, id: InteractionId) -> Result<Option<CaseId>, StoreError> {
        let row = self.optional("SELECT case_id FROM interaction WHERE id = $1", args![id]).await?;
        row.map_or(Ok(None), |row| row.get(0))
    }

    /// Calls that have not ended and that nobody has any more, oldest first, after `after`.
    pub async fn open_calls(
        &self,
        left: &Left<'_>,
        after: InteractionId,
        limit: i64,
    ) -> Result<Vec<OpenCall>, StoreError> {
        let mut values = args![after, limit];
        let left = left.condition("o", &mut values);
        let sql = format!(
            "SELECT i.id, i.started_at, r.id, r.path FROM (SELECT o.id, o.started_at FROM interaction o \
             WHERE o.state = 'open' AND o.id > $1 AND {left} ORDER BY o.id LIMIT $2) i \
             LEFT JOIN recording r ON r.interaction_id = i.id AND r.state = 'running' ORDER BY i.id, r.id"
        );
        let mut calls: Vec<OpenCall> = Vec::new();
        for row in self.all(AssertSqlSafe(sql), values).await? {
            let id = row.get(0)?;
            if calls.last().is_none_or(|last| last.id != id) {
                calls.push(OpenCall { id, started_at: row.get(1)?, recordings: Vec::new() });
            }
            if let (Some(call), Some(recording)) = (calls.last_mut(), row.get::<Option<RecordingId>>(2)?) {
                call.recordings.push((recording, row.get(3)?));
            }
        }
        Ok(calls)
    }
}

impl Tx<'_> {
    /// The same row for the same external id.
    pub async fn journal_call(&mut self, call: &NewCall<'_>) -> Result<InteractionId, StoreError> {
        let sql = "INSERT INTO interaction \
             (external_id, channel, direction, state, caller_kind, caller, called, started_at, plan_revision, operator_id, node) \
             VALUES ($1, 'call', $7, 'open', $2, $3, $4, $5, $6, $8, $9) ON CONFLICT (external_id) DO NOTHING";
        let (kind, caller) = caller_columns(call.caller);
        let values = args![
            call.external_id,
            kind,
            caller,
            call.called,
            call.at,
            call.plan_revision,
            call.direction.as_str(),
            call.operator,
            call.node
        ];
        if let Some(id) = self.insert(sql, values).await? {
            return Ok(InteractionId(id));
        }
        self.one("SELECT id FROM interaction WHERE external_id = $1", args![call.external_id]).await?.get(0)
    }

    /// `None` when it was journaled before.
    pub async fn journal_text(&mut self, text: &NewText<'_>) -> Result<Option<InteractionId>, StoreError> {
        let sql = "INSERT INTO interaction \
             (external_id, channel, direction, state, caller_kind, caller, called, started_at) \
             VALUES ($1, 'sms', 'in', 'received', $2, $3, $4, $5) ON CONFLICT (external_id) DO NOTHING";
        let (kind, sender) = caller_columns(text.sender);
        let values = args![text.external_id, kind, sender, text.recipient, text.at];
        Ok(self.insert(sql, values).await?.map(InteractionId))
    }

    pub async fn text_is_journaled(&mut self, external_id: &str) -> Result<bool, StoreError> {
        let sql = "SELECT 1 FROM interaction WHERE external_id = $1 \
             UNION ALL SELECT 1 FROM message_part WHERE external_id = $1 LIMIT 1";
        Ok(self.optional(sql, args![external_id]).await?.is_some())
    }

    /// Locked until the end of the transaction.
    pub async fn interaction(&mut self, id: InteractionId) -> Result<Option<Interaction>, StoreError> {
        let sql = "SELECT i.state, i.caller_kind, i.caller, i.called, i.started_at, c.id, c.number, c.channel, c.category_id, i.direction, i.operator_id, c.department_id \
             FROM interaction i LEFT JOIN case_file c ON c.id = i.case_id WHERE i.id = $1";
        let row = if self.is_postgres() {
            self.optional(AssertSqlSafe(format!("{sql} FOR UPDATE OF i")), args![id]).await?
        } else {
            self.optional(sql, args![id]).await?
        };
        row.as_ref().map(interaction).transpose()
    }

    pub async fn set_interaction_case(&mut self, id: InteractionId, case: CaseId) -> Result<(), StoreError> {
        self.execute("UPDATE interaction SET case_id = $2 WHERE id = $1", args![id, case]).await.map(drop)
    }

    /// An operator talks with the caller; the last one counts.
    pub async fn set_interaction_operator(
        &mut self,
        id: InteractionId,
        operator: UserId,
    ) -> Result<(), StoreError> {
        self.execute("UPDATE interaction SET operator_id = $2 WHERE id = $1", args![id, operator])
            .await
            .map(drop)
    }

    pub async fn end_call(
        &mut self,
        id: InteractionId,
        case: Option<CaseId>,
        end: &CallEnd<'_>,
    ) -> Result<(), StoreError> {
        let sql = "UPDATE interaction SET state = 'ended', case_id = $2, ended_at = $3, answered_at = $4, \
             ended_by = $5, walk = $6 WHERE id = $1";
        self.execute(sql, args![id, case, end.at, end.answered_at, end.by, end.walk]).await.map(drop)
    }
}

fn interaction(row: &Row) -> Result<Interaction, StoreError> {
    let case = match row.get::<Option<CaseId>>(5)? {
        Some(id) => Some(InteractionCase {
            case: CaseRef { id, number: row.get::<CaseNumber>(6)? },
            channel: row.get(7)?,
            category: row.get(8)?,
            department: row.get(11)?,
        }),
        None => None,
    };
    Ok(Interaction {
        open: row.get::<String>(0)? == "open",
        direction: row.get(9)?,
        operator: row.get(10)?,
        caller: caller(&row.get::<String>(1)?, row.get::<Option<String>>(2)?)?,
        called: row.get(3)?,
        started_at: row.get(4)?,
        case,
    })
}

/// A hidden caller has a kind but no text.
pub(super) fn caller_columns(caller: &Caller) -> (&'static str, Option<String>) {
    match caller {
        Caller::Number(number) => ("number", Some(number.as_str().to_owned())),
        Caller::Name(name) => ("name", Some(name.clone())),
        Caller::Email(address) => ("email", Some(address.as_str().to_owned())),
        Caller::Hidden => ("hidden", None),
    }
}

pub(super) fn caller(kind: &str, text: Option<String>) -> Result<Caller, StoreError> {
    match (kind, text) {
        ("number", Some(text)) => PhoneNumber::from_stored(&text)
            .map(Caller::Number)
            .ok_or_else(|| StoreError::Corrupt("a caller's number is not E.164".into())),
        ("email", Some(text)) => EmailAddress::from_stored(&text)
            .map(Caller::Email)
            .ok_or_else(|| StoreError::Corrupt("a sender's e-mail address has no @".into())),
        ("name", Some(text)) => Ok(Caller::Name(text)),
        _ => Ok(Caller::Hidden),
    }
}
