//! The audit: who did what to what, one entry after the other in a chain of digests, so that nobody can change, remove, insert or
//! reorder one unseen.
//!
//! - [`digest`] says over what the digests are taken.
//! - [`seal`] binds the timelines of cases into the chain: one entry a minute for all that was appended, so that a contact pays
//!   nothing for it.
//! - [`verify`] finds the first entry that is not as it was written, and says what was done to it.
//!
//! The detail of an entry goes into the chain as the digest of a salt and the detail: erased together with its salt, it can no longer be
//! guessed, and the chain still holds (ZZPL art. 30: the right to erasure, with art. 47: the duty to keep a log).

pub mod digest;
pub mod seal;
pub mod verify;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::id::{
    CampaignId, CaseEventId, CaseId, CategoryId, DepartmentId, DialCampaignId, InterviewId, MacroId,
    OptOutId, PersonId, PhoneId, RecordingId, SegmentId, SurveyId, TemplateId, UserId,
};
use super::words::words;

words! {
    /// What was done. A new verb gets a word here, and words for people in the locales.
    What {
        CaseChanged = "case_changed",
        CaseViewed = "case_viewed",
        /// Somebody gave a case's number and PIN, on the page or by telephone; the detail says whether they were right.
        CaseFollowed = "case_followed",
        CaseRebuilt = "case_rebuilt",
        PersonViewed = "person_viewed",
        /// People stood in a list or were found by a search: who they were.
        PeopleListed = "people_listed",
        ListViewed = "list_viewed",
        PersonChanged = "person_changed",
        PersonMerged = "person_merged",
        PersonReported = "person_reported",
        PersonErased = "person_erased",
        /// An address is not to be sent messages to many, or is again.
        OptOutChanged = "opt_out_changed",
        OptOutsImported = "opt_outs_imported",
        RecordingHeard = "recording_heard",
        FileFetched = "file_fetched",
        Exported = "exported",
        LoggedIn = "logged_in",
        LoginFailed = "login_failed",
        LoggedOut = "logged_out",
        SessionsEnded = "sessions_ended",
        UserAdded = "user_added",
        UserChanged = "user_changed",
        PasswordSet = "password_set",
        SecondFactorChanged = "second_factor_changed",
        RightsChanged = "rights_changed",
        PhoneAdded = "phone_added",
        PhoneRevoked = "phone_revoked",
        ExtensionChanged = "extension_changed",
        QueueChanged = "queue_changed",
        QueueRemoved = "queue_removed",
        PauseReasonChanged = "pause_reason_changed",
        SkillsChanged = "skills_changed",
        PlanChanged = "plan_changed",
        TokenAdded = "token_added",
        TokenRevoked = "token_revoked",
        WebhookChanged = "webhook_changed",
        TemplateChanged = "template_changed",
        MacroChanged = "macro_changed",
        CatalogueChanged = "catalogue_changed",
        CalendarChanged = "calendar_changed",
        CampaignChanged = "campaign_changed",
        SegmentChanged = "segment_changed",
        SurveyChanged = "survey_changed",
        InterviewChanged = "interview_changed",
        /// Somebody saw what was answered in it.
        InterviewViewed = "interview_viewed",
        RetentionChanged = "retention_changed",
        SettingsChanged = "settings_changed",
        AuditRead = "audit_read",
        /// Entries of timelines or of the audit lost what they said of somebody.
        Erased = "erased",
        /// The timelines as they were then.
        Sealed = "sealed",
    }
}

words! {
    /// The kind of thing that it was done to.
    SubjectKind {
        Case = "case",
        Person = "person",
        User = "user",
        Role = "role",
        Phone = "phone",
        Recording = "recording",
        File = "file",
        Queue = "queue",
        PauseReason = "pause_reason",
        Plan = "plan",
        Token = "token",
        Webhook = "webhook",
        Template = "template",
        Macro = "macro",
        Category = "category",
        Department = "department",
        Calendar = "calendar",
        Campaign = "campaign",
        Segment = "segment",
        Survey = "survey",
        Interview = "interview",
        Deadline = "deadline",
        /// One address of the register of those who do not want messages to many.
        OptOut = "opt_out",
        /// A list that was shown or exported.
        List = "list",
        Settings = "settings",
        /// One erasure, by a key of its own.
        Erasure = "erasure",
        Timelines = "timelines",
        Audit = "audit",
        Login = "login",
    }
}

words! {
    /// The kind of one who did it.
    WhoKind {
        User = "user",
        Token = "token",
        Program = "program",
        /// Nobody that we know: a log-in that failed.
        Unknown = "unknown",
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Who {
    pub kind: WhoKind,
    /// Id of the user, name of the token, part of the program.
    pub id: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Subject {
    pub kind: SubjectKind,
    pub id: String,
}

/// Before it has its place in the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEntry {
    pub at: Timestamp,
    pub who: Who,
    pub what: What,
    pub subject: Subject,
    /// Never a secret, and of citizens no more than is needed to understand it.
    pub detail: Json,
}

impl Who {
    pub fn user(id: UserId) -> Self {
        Self { kind: WhoKind::User, id: id.to_string() }
    }

    pub fn token(name: &str) -> Self {
        Self { kind: WhoKind::Token, id: name.to_owned() }
    }

    /// A part of the program itself, or the command line.
    pub fn program(part: &str) -> Self {
        Self { kind: WhoKind::Program, id: part.to_owned() }
    }

    pub fn unknown() -> Self {
        Self { kind: WhoKind::Unknown, id: String::new() }
    }
}

impl Subject {
    pub fn new(kind: SubjectKind, id: impl ToString) -> Self {
        Self { kind, id: id.to_string() }
    }
}

macro_rules! subjects {
    ($($id:ident => $kind:ident),+ $(,)?) => {$(
        impl From<$id> for Subject {
            fn from(id: $id) -> Self {
                Self::new(SubjectKind::$kind, id)
            }
        }
    )+};
}
subjects!(CaseId => Case, CategoryId => Category, DepartmentId => Department, PersonId => Person, UserId => User, PhoneId => Phone, RecordingId => Recording,
    TemplateId => Template, MacroId => Macro, OptOutId => OptOut, CampaignId => Campaign, SegmentId => Segment,
    SurveyId => Survey, InterviewId => Interview);

/// A campaign too, which calls: apart from those that write.
impl From<DialCampaignId> for Subject {
    fn from(id: DialCampaignId) -> Self {
        Self::new(SubjectKind::Campaign, format!("dial-{id}"))
    }
}

/// The detail of [`What::Erased`]: without it an erased entry is a changed one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erased {
    /// Whose data, or by which rule.
    pub why: String,
    /// Entries of timelines, each with the digest (in hexadecimal, without a salt) of what is left of it.
    pub entries: Vec<(i64, String)>,
    /// Entries of the audit whose details were erased.
    pub audit: Vec<i64>,
    /// Recordings whose sound was erased by a rule.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub recordings: Vec<i64>,
}

/// An entry of a timeline, as the digests see it: what is in the row, whether it can be read or not.
#[derive(Clone, Copy, Debug)]
pub struct SealedFields<'a> {
    pub id: CaseEventId,
    pub case: CaseId,
    /// Microseconds.
    pub at: i64,
    pub kind: &'a str,
    pub actor: Option<i64>,
    pub token: Option<&'a str>,
    pub visibility: &'a str,
    pub payload: &'a str,
}
