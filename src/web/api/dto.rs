//! What the API sends: stable shapes of its own, so that a change of a table is not a change of the API.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::store::case::{CaseDetail, CaseRow, TextRow};
use crate::store::deadline::Deadline;
use crate::store::directory::Directory;
use crate::store::event::TimelineEntry;
use crate::store::recording::RecordingRow;

/// One page of cases, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct CasePageDto {
    pub cases: Vec<CaseDto>,
    /// Give it back as `cursor` for the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct CaseDto {
    #[schema(example = 73)]
    pub id: i64,
    #[schema(example = "400-73/2026-02")]
    pub number: String,
    #[schema(example = "call")]
    pub channel: &'static str,
    #[schema(example = "new")]
    pub status: &'static str,
    /// Key of the category, as dialplans call it.
    #[schema(example = "water")]
    pub category: String,
    /// Key of the service that answers.
    pub department: Option<String>,
    /// Log-in name of the user who works on it.
    pub assignee: Option<String>,
    pub person: Option<i64>,
    pub person_name: Option<String>,
    /// The number (E.164) or name that the contact came from; `null` when it was hidden.
    #[schema(example = "+381641234567")]
    pub caller: Option<String>,
    pub summary: String,
    /// The soonest running deadline, RFC 3339, UTC; `null` when none runs.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub due_at: Option<String>,
    /// RFC 3339, UTC.
    #[schema(value_type = String, format = DateTime)]
    pub opened_at: String,
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: String,
    pub version: i64,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct CaseDetailDto {
    #[serde(flatten)]
    pub case: CaseDto,
    /// Oldest first.
    pub timeline: Vec<EntryDto>,
    pub recordings: Vec<RecordingDto>,
    /// In the order in which they began.
    pub deadlines: Vec<DeadlineDto>,
    /// Texts to the citizen, with what became of them.
    pub texts: Vec<TextDto>,
    /// Cases that became parts of this one and that the token's role may not read: nothing of them is here.
    pub parts_unread: i64,
}

/// `kind` says what happened; the other fields depend on it.
#[derive(Debug, Serialize, ToSchema)]
pub struct EntryDto {
    pub id: i64,
    pub at: String,
    /// Log-in name; `null` for the citizen and for the program itself.
    pub actor: Option<String>,
    #[schema(example = "internal")]
    pub visibility: &'static str,
    #[schema(example = "note")]
    pub kind: &'static str,
    /// The fields of the kind.
    #[serde(flatten)]
    #[schema(value_type = Object)]
    pub fields: Value,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct RecordingDto {
    pub id: i64,
    /// Address of the sound.
    #[schema(example = "/api/v1/recordings/12")]
    pub href: String,
    pub started_at: String,
    /// `null` while the call goes on.
    pub length_ms: Option<i64>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct DeadlineDto {
    pub id: i64,
    /// Key of the profile.
    #[schema(example = "promise-48")]
    pub profile: String,
    #[schema(example = "first_answer")]
    pub goal: &'static str,
    #[schema(example = "running")]
    pub state: &'static str,
    pub started_at: String,
    /// Of a paused one: as it was when the clock was stopped.
    pub due_at: String,
    /// When its time was over without it being met.
    pub missed_at: Option<String>,
    pub ended_at: Option<String>,
    pub paused_since: Option<String>,
    /// In the unit of the rule; `may_extend_by`: what may still be added.
    pub extended_by: u32,
    pub may_extend_by: u32,
    /// Step by step; `step` says which kind.
    #[schema(value_type = Vec<Object>)]
    pub explanation: Value,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct TextDto {
    pub id: i64,
    pub to: String,
    pub words: String,
    #[schema(example = "delivered")]
    pub state: &'static str,
    pub error: Option<String>,
    pub created_at: String,
    pub updated_at: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct CreatedDto {
    /// Of the timeline entry.
    pub id: i64,
}

impl CaseDto {
    pub fn new(row: &CaseRow, directory: &Directory) -> Self {
        Self {
            id: row.id.0,
            number: row.number.to_string(),
            channel: row.channel.as_str(),
            status: row.status.as_str(),
            category: directory.category(row.category).map(|c| c.key.clone()).unwrap_or_default(),
            department: row.department.and_then(|d| directory.department(d)).map(|d| d.key.clone()),
            assignee: row.assignee.and_then(|u| directory.user(u)).map(|u| u.login.clone()),
            person: row.person.map(|p| p.0),
            person_name: Some(row.person_name.clone()).filter(|n| !n.is_empty()),
            caller: row.caller.clone(),
            summary: row.summary.clone(),
            due_at: row.due_at.map(|due| due.to_string()),
            opened_at: row.opened_at.to_string(),
            updated_at: row.updated_at.to_string(),
            version: row.version,
        }
    }
}

impl CaseDetailDto {
    pub fn new(detail: &CaseDetail, directory: &Directory) -> Self {
        Self {
            case: CaseDto::new(&detail.case, directory),
            timeline: detail.timeline.iter().map(|e| EntryDto::new(e, directory)).collect(),
            recordings: detail.recordings.iter().map(RecordingDto::new).collect(),
            deadlines: detail.deadlines.iter().map(DeadlineDto::new).collect(),
            texts: detail.texts.iter().map(TextDto::new).collect(),
            parts_unread: detail.parts_unread,
        }
    }
}

impl EntryDto {
    pub fn new(entry: &TimelineEntry, directory: &Directory) -> Self {
        let mut fields = serde_json::to_value(&entry.entry).unwrap_or_default();
        if let Some(fields) = fields.as_object_mut() {
            fields.remove("kind");
        }
        Self {
            id: entry.id.0,
            at: entry.at.to_string(),
            actor: entry.actor.and_then(|u| directory.user(u)).map(|u| u.login.clone()),
            visibility: entry.visibility.as_str(),
            kind: entry.entry.kind(),
            fields,
        }
    }
}

impl RecordingDto {
    fn new(row: &RecordingRow) -> Self {
        Self {
            id: row.id.0,
            href: format!("/api/v1/recordings/{}", row.id),
            started_at: row.started_at.to_string(),
            length_ms: row.length_ms,
        }
    }
}

impl DeadlineDto {
    pub fn new(row: &Deadline) -> Self {
        let text = |at: Option<Timestamp>| at.map(|at| at.to_string());
        Self {
            id: row.id.0,
            profile: row.profile.clone(),
            goal: row.terms.goal.as_str(),
            state: row.state.as_str(),
            started_at: row.started_at.to_string(),
            due_at: row.due_at.to_string(),
            missed_at: text(row.missed_at),
            ended_at: text(row.ended_at),
            paused_since: text(row.open_pause().map(|pause| pause.from)),
            extended_by: row.extended_by,
            may_extend_by: row.may_extend_by(),
            explanation: serde_json::to_value(&row.explanation).unwrap_or_default(),
        }
    }
}

impl TextDto {
    fn new(row: &TextRow) -> Self {
        Self {
            id: row.id.0,
            to: row.to.clone(),
            words: row.words.clone(),
            state: row.state.as_str(),
            error: row.error.clone(),
            created_at: row.created_at.to_string(),
            updated_at: row.updated_at.to_string(),
        }
    }
}
