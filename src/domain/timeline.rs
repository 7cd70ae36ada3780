//! One timeline per case: what happened, in the order in which it happened, never changed afterwards.

mod about;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::case::{CaseNumber, Channel, Outcome, Status, Told};
use super::deadline::PauseReason;
use super::file::FileKind;
use super::id::{
    AttachmentId, CaseEventId, CaseId, CategoryId, DepartmentId, InteractionId, MacroId, NoticeId, OutboxId,
    PersonId, QuestionId, RecordingId, UserId,
};
use super::intake::Document;
use super::link::LinkKind;
use super::mail::{MailKind, MailParty, MailPurpose};
use super::message::DeliveryState;
use super::notice::{ByHand, NoticeState, Purpose, Way};
use super::task::TaskKind;
use super::words::words;

words! {
    /// Who may see an entry.
    Visibility {
        /// Also the citizen.
        Public = "public",
        Internal = "internal",
    }
}

/// What one entry of a timeline says. Stored as JSON with its kind as a column of its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Entry {
    /// With all that the row of the case begins with: see `projection`.
    Opened {
        number: CaseNumber,
        channel: Channel,
        category: CategoryId,
        department: Option<DepartmentId>,
        person: Option<PersonId>,
        caller: Option<String>,
        #[serde(default, skip_serializing_if = "String::is_empty")]
        summary: String,
        /// Where the problem is, in the citizen's words.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        place: String,
        /// Key of the area in which the place is, where that is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        area: Option<String>,
        /// Who opened it on behalf of somebody; `None`: the citizen did.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<UserId>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        deadlines: Vec<DeadlineBegun>,
    },
    /// `caller` as the network named it; `None` when it hid itself.
    CallArrived {
        interaction: InteractionId,
        caller: Option<String>,
        called: String,
    },
    CallEnded {
        interaction: InteractionId,
        by: String,
        length_ms: Option<i64>,
        walk: Vec<String>,
    },
    /// `placed`: of a call that we made.
    Recorded {
        recording: RecordingId,
        length_ms: i64,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        placed: bool,
    },
    /// The caller began to wait for an operator.
    Queued {
        queue: String,
    },
    /// Waited without being answered; `why`: `hung_up`, `timeout`, `no_agents`, `overflow`, `key` or `callback`.
    LeftQueue {
        queue: String,
        wait_ms: i64,
        why: String,
    },
    AnsweredBy {
        user: UserId,
        wait_ms: i64,
    },
    /// To an extension, a queue or a number.
    Transferred {
        by: Option<UserId>,
        to: String,
    },
    TransferFailed {
        by: Option<UserId>,
        to: String,
    },
    /// After a transfer that nobody answered.
    Returned {
        to: UserId,
    },
    /// A third person joined the conversation.
    Joined {
        to: String,
    },
    /// `mode`: `listen`, `whisper` or `barge`.
    Supervised {
        by: UserId,
        mode: String,
    },
    RecordingPaused {
        by: UserId,
        paused: bool,
    },
    EndedByStaff {
        by: UserId,
    },
    /// What calls may cost in a day is spent.
    EndedBySpendCap,
    CallbackPromised {
        queue: String,
    },
    CallbackKept {
        by: Option<UserId>,
    },
    CallbackGivenUp {
        tries: u32,
    },
    /// An operator called the citizen. `length_ms`: of the conversation; `None`: nobody answered.
    CalledOut {
        interaction: InteractionId,
        by: Option<UserId>,
        to: String,
        length_ms: Option<i64>,
    },
    TextReceived {
        interaction: InteractionId,
        sender: Option<String>,
        words: String,
        whole: bool,
    },
    /// A text to the citizen was written and queued; its state is that of its outbox row.
    TextQueued {
        outbox: OutboxId,
        to: String,
        words: String,
    },
    /// What the network said about it in the end.
    TextReported {
        outbox: OutboxId,
        state: DeliveryState,
        error: Option<String>,
    },
    /// Its files are entries of their own.
    MailReceived {
        interaction: InteractionId,
        /// The address; `None` when the mail named nobody.
        sender: Option<String>,
        /// As the sender calls himself.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        name: String,
        party: MailParty,
        mail: MailKind,
        subject: String,
        words: String,
        /// Quoted mails and the signature.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        rest: String,
        /// Files that are in the mailbox only.
        #[serde(default)]
        left_out: u32,
    },
    /// The mail that opened this case points at another one, whose party its sender is not.
    MailPointsAt {
        case: CaseId,
        number: CaseNumber,
    },
    /// An e-mail was written and queued; its state is that of its outbox row.
    MailQueued {
        outbox: OutboxId,
        to: String,
        purpose: MailPurpose,
        subject: String,
        words: String,
    },
    /// What became of it, in the words of the mail server.
    MailReported {
        outbox: OutboxId,
        state: DeliveryState,
        error: Option<String>,
    },
    Note {
        words: String,
    },
    StatusChanged {
        from: Status,
        to: Status,
    },
    Assigned {
        from: Option<UserId>,
        to: Option<UserId>,
    },
    /// The contact turned out to be another kind: a missed call that was a conversation after all.
    ChannelChanged {
        from: Channel,
        to: Channel,
    },
    CategoryChanged {
        from: CategoryId,
        to: CategoryId,
    },
    DepartmentChanged {
        from: Option<DepartmentId>,
        to: Option<DepartmentId>,
    },
    FileAdded {
        file: AttachmentId,
        name: String,
        /// Named as the stored word, for `kind` names the entry.
        #[serde(rename = "file_kind")]
        kind: FileKind,
        /// In bytes.
        size: i64,
        visibility: Visibility,
    },
    FileRemoved {
        file: AttachmentId,
        name: String,
        reason: String,
    },
    /// The case has its outcome. `words`: to the citizen; empty when there is nothing to say to them.
    Answered {
        from: Status,
        outcome: Outcome,
        words: String,
    },
    /// With what it had been answered.
    Reopened {
        from: Status,
        outcome: Option<Outcome>,
        told: Told,
        reason: String,
    },
    /// To another service or institution. `assignee` and `status`: until then.
    Forwarded {
        from: Option<DepartmentId>,
        to: DepartmentId,
        assignee: Option<UserId>,
        status: Status,
    },
    /// To whoever had forwarded it. `assignee`: who had it there, and has it again; `status`: until then.
    SentBack {
        from: Option<DepartmentId>,
        to: Option<DepartmentId>,
        assignee: Option<UserId>,
        status: Status,
        reason: String,
    },
    PlaceChanged {
        from: String,
        to: String,
        /// Key of the area in which the new place is, where that is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        area: Option<String>,
    },
    /// Written to the citizen, in between.
    Replied {
        notice: NoticeId,
        words: String,
    },
    /// How far somebody knows of something. `why`: of a failure, or of a silence that was decided on.
    NoticeMoved {
        notice: NoticeId,
        purpose: Purpose,
        /// To somebody else than the one whose case it is.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        follower: bool,
        state: NoticeState,
        way: Option<Way>,
        by_hand: Option<ByHand>,
        #[serde(default, skip_serializing_if = "String::is_empty")]
        why: String,
    },
    /// The case became a part of another one, and ended with it. `status`, `outcome` and `told`: until then. `rests`: its deadlines
    /// wait until it goes on by itself.
    Merged {
        into: CaseId,
        number: CaseNumber,
        status: Status,
        outcome: Option<Outcome>,
        told: Told,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        rests: bool,
    },
    /// Another case became a part of this one.
    Absorbed {
        part: CaseId,
        number: CaseNumber,
    },
    /// The case goes on by itself, as it was before it became a part. `next_due`: the soonest of its deadlines that run again.
    Unmerged {
        from: CaseId,
        number: CaseNumber,
        status: Status,
        outcome: Option<Outcome>,
        told: Told,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        next_due: Option<Timestamp>,
    },
    Released {
        part: CaseId,
        number: CaseNumber,
    },
    /// Something that was said here is another matter, which is a case of its own now. The entries stay here. `same_citizen`: it is
    /// theirs too.
    SplitOff {
        into: CaseId,
        number: CaseNumber,
        entries: Vec<CaseEventId>,
        same_citizen: bool,
    },
    /// The case began as a matter within another one. `since`: when the citizen said it, from which its deadlines are counted.
    SplitFrom {
        from: CaseId,
        number: CaseNumber,
        entries: Vec<CaseEventId>,
        since: Timestamp,
        same_citizen: bool,
    },
    /// `outward`: from this case to the other.
    Linked {
        other: CaseId,
        number: CaseNumber,
        link: LinkKind,
        outward: bool,
    },
    Unlinked {
        other: CaseId,
        number: CaseNumber,
        link: LinkKind,
        outward: bool,
    },
    /// Somebody took the acts of a macro at once; their entries follow. As it was called then.
    MacroUsed {
        #[serde(rename = "macro")]
        of: MacroId,
        name_sr: String,
        name_en: String,
    },
    Watched {
        user: UserId,
    },
    Unwatched {
        user: UserId,
    },
    /// One began later than the case: it was opened again, or it is another one than it seemed. Deadlines are named by the keys of
    /// their profiles; `next_due` of these entries: the soonest that runs after it, which is what the row of the case says.
    DeadlineSet {
        profile: String,
        due: Timestamp,
        next_due: Option<Timestamp>,
    },
    /// The working calendar changed, or the service that it is counted for.
    DeadlineMoved {
        profile: String,
        from: Timestamp,
        to: Timestamp,
        next_due: Option<Timestamp>,
    },
    DeadlinePaused {
        profile: String,
        reason: PauseReason,
        words: String,
        next_due: Option<Timestamp>,
    },
    DeadlineResumed {
        profile: String,
        due: Timestamp,
        next_due: Option<Timestamp>,
    },
    /// By so many of the units of its terms.
    DeadlineExtended {
        profile: String,
        by: u32,
        words: String,
        due: Timestamp,
        next_due: Option<Timestamp>,
    },
    DeadlineMet {
        profile: String,
        late: bool,
        next_due: Option<Timestamp>,
    },
    /// Its time is over. It still is to be met.
    DeadlineMissed {
        profile: String,
        due: Timestamp,
    },
    /// It does not apply any more.
    DeadlineDropped {
        profile: String,
        next_due: Option<Timestamp>,
    },
    /// Somebody was told that a deadline is near, over, or passed up to them.
    Escalated {
        profile: String,
        what: TaskKind,
        to: Vec<UserId>,
    },
    /// What the citizen said or wrote, as somebody wrote it down.
    Described {
        words: String,
    },
    DocumentReceived {
        document: Document,
    },
    /// Somebody else reported the same, and is told of the outcome too.
    FollowerAdded {
        person: PersonId,
        name: String,
    },
    /// A caller who knew number and PIN heard the state of the case.
    StateTold {
        interaction: InteractionId,
    },
    /// What is asked besides, by the category, was answered. An empty answer takes an earlier one back.
    QuestionsAnswered {
        answers: Vec<QuestionAnswer>,
    },
    /// What the case kept of citizens is erased; whoever looks for it finds this.
    Erased {
        reason: String,
    },
    /// Keys that the caller pressed at the questions of the plan.
    Surveyed {
        survey: String,
        answers: Vec<Answer>,
    },
}

/// Of the profile with this key.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadlineBegun {
    pub profile: String,
    pub due: Timestamp,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    pub question: String,
    pub answer: String,
}

/// One answer to a question of the case's category, as [`super::question::check`] gives it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuestionAnswer {
    pub question: QuestionId,
    /// The key of the question, for programs.
    pub key: String,
    pub answer: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_entry_comes_back_and_names_its_kind() {
        let entry = Entry::Recorded { recording: RecordingId(7), length_ms: 4_200, placed: false };
        let stored = serde_json::to_value(&entry).unwrap();
        assert_eq!(stored["kind"], entry.kind());
        assert_eq!(serde_json::from_value::<Entry>(stored).unwrap(), entry);
    }
}
