//! Entries of a timeline as the reader sees them.

use super::view::{Labelled, Viewer, for_people};
use crate::domain::case::Channel;
use crate::domain::id::CaseId;
use crate::domain::intake::Document;
use crate::domain::mail::{MailKind, MailPurpose, plain_subject};
use crate::domain::message::DeliveryState;
use crate::domain::refusal::Refusal;
use crate::domain::split::split_off;
use crate::domain::timeline::{Entry, QuestionAnswer, Visibility};
use crate::store::case::CaseDetail;
use crate::store::event::TimelineEntry;
use crate::web::files::view::about;
use crate::web::questions;

#[derive(Clone, Debug)]
pub struct EntryView {
    pub id: i64,
    /// Set on the first entry of a day.
    pub day: Option<String>,
    pub icon: &'static str,
    pub title: String,
    /// Who did it; empty for the citizen and the program.
    pub who: String,
    pub time: String,
    pub whole: String,
    pub machine: String,
    pub body: Body,
    pub internal: bool,
    /// `contact`, `note`, `change` or `other`: what the reader narrows the timeline to.
    pub group: &'static str,
    /// The number of the part of the case whose entry it is, or of the case from which this one was split off; empty for its own.
    pub of: String,
    /// Cases of their own that are about it too: id and number.
    pub went: Vec<(i64, String)>,
}

#[derive(Clone, Debug)]
pub enum Body {
    None,
    /// One line under the title.
    Detail(String),
    /// What somebody wrote.
    Words(String),
    Change {
        from: String,
        to: String,
    },
    Recording(RecordingView),
    Mail(MailView),
    File(FileLink),
    /// A text of ours and what became of it.
    Text {
        words: String,
        state: Labelled,
    },
}

/// An e-mail, one way or the other.
#[derive(Clone, Debug)]
pub struct MailView {
    pub subject: String,
    pub words: String,
    /// What it quotes, and the signature; folded away.
    pub rest: String,
    /// What is special about it; empty for an ordinary one.
    pub hint: String,
    /// Of ours.
    pub state: Option<Labelled>,
}

/// A file by its name.
#[derive(Clone, Debug)]
pub struct FileLink {
    /// `None`: it was removed, or is locked away.
    pub id: Option<i64>,
    pub name: String,
    pub about: String,
}

#[derive(Clone, Debug)]
pub struct RecordingView {
    pub id: i64,
    pub length: String,
    pub seconds: f64,
    /// Who spoke with the citizen, one after the other. Empty for a message.
    pub turns: Vec<TurnView>,
}

#[derive(Clone, Debug)]
pub struct TurnView {
    pub seconds: f64,
    /// `1:12`
    pub from: String,
    pub who: String,
}

/// Why a notice is where it is, where it is not an officer who said so.
pub const WHY: [&str; 9] = [
    "post",
    "asked",
    "no_address",
    "no_channel",
    "no_receipt",
    "same_person",
    "unsent",
    "came_back",
    "unsendable",
];

impl Viewer<'_> {
    pub fn timeline(&self, case: &CaseDetail) -> Vec<EntryView> {
        let mut day_before = None;
        let own = case.timeline.iter().filter(|entry| entry.case == case.case.id);
        let split = split_off(own.map(|entry| &entry.entry));
        case.timeline
            .iter()
            .map(|entry| {
                let day = self.locale.day(entry.at);
                let new_day = day_before.as_ref() != Some(&day);
                day_before = Some(day.clone());
                let about = split.iter().filter(|(.., entries)| entries.contains(&entry.id));
                let went = about.map(|(into, number, _)| (into.0, number.to_string())).collect();
                EntryView { day: new_day.then_some(day), went, ..self.entry(case, entry) }
            })
            .collect()
    }

    pub fn entry(&self, case: &CaseDetail, entry: &TimelineEntry) -> EntryView {
        let decided = self.decision(&entry.entry).or_else(|| self.deadline_entry(&entry.entry));
        let (icon, title, body) = decided.unwrap_or_else(|| self.what(case, &entry.entry));
        let body = if entry.erased { Body::Detail(self.locale.say("entry-was-erased")) } else { body };
        EntryView {
            id: entry.id.0,
            day: None,
            icon,
            title,
            who: entry.actor.map(|user| self.user(user)).unwrap_or_default(),
            time: self.locale.time(entry.at),
            whole: self.locale.moment(entry.at),
            machine: entry.at.to_string(),
            body,
            internal: entry.visibility == Visibility::Internal,
            group: group(&entry.entry),
            of: whose(case, entry.case),
            went: Vec::new(),
        }
    }

    fn what(&self, case: &CaseDetail, entry: &Entry) -> (&'static str, String, Body) {
        let t = self.locale;
        match entry {
            Entry::Opened { channel, category, deadlines, .. } => {
                let detail = self.opened_detail(self.category(*category), deadlines);
                ("opened", self.opened(*channel), Body::Detail(detail))
            }
            Entry::CallArrived { caller, called, .. } => (
                "call",
                self.call_from(caller.as_deref()),
                Body::Detail(self.locale.with("entry-called", "number", for_people(called))),
            ),
            Entry::CallEnded { by, length_ms, .. } => {
                ("call_ended", self.locale.word("ended", by.as_ref()), self.call_length(*length_ms))
            }
            Entry::Recorded { recording, length_ms, .. } => ("recording", t.say("entry-recorded"), {
                let kept = case.recordings.iter().find(|r| r.id == *recording);
                let length_ms = kept.and_then(|r| r.length_ms).unwrap_or(*length_ms);
                kept.map_or_else(
                    || Body::Detail(t.say("entry-recording-gone")),
                    |r| Body::Recording(self.recording(case, r, length_ms)),
                )
            }),
            Entry::TextReceived { sender, words, whole, .. } => {
                let sender = self.caller(sender.as_deref());
                let title = if *whole {
                    self.locale.with("entry-text", "sender", sender)
                } else {
                    self.locale.with("entry-text-partial", "sender", sender)
                };
                ("sms", title, Body::Words(words.clone()))
            }
            Entry::TextQueued { outbox, to, words } => {
                let state =
                    case.texts.iter().find(|t| t.id == *outbox).map_or(DeliveryState::Queued, |t| t.state);
                let body = Body::Text { words: words.clone(), state: self.delivery(state) };
                ("sms_out", self.locale.with("entry-text-sent", "to", for_people(to)), body)
            }
            Entry::TextReported { state, error, .. } => {
                let icon = if *state == DeliveryState::Delivered { "delivered" } else { "report" };
                let why = error.as_deref().map(|error| self.refusal(error));
                (icon, self.delivery(*state).label, why.map_or(Body::None, Body::Detail))
            }
            Entry::MailReceived { sender, name, mail, subject, words, rest, left_out, .. } => {
                self.mail_received((sender.as_deref(), name), *mail, subject, (words, rest), *left_out)
            }
            Entry::MailPointsAt { number, .. } => (
                "report",
                t.with("entry-mail-points-at", "number", number.to_string()),
                Body::Detail(t.say("entry-mail-points-at-why")),
            ),
            Entry::MailQueued { outbox, to, purpose, subject, words } => {
                let state =
                    case.texts.iter().find(|t| t.id == *outbox).map_or(DeliveryState::Queued, |t| t.state);
                let title = t.with(mail_title(*purpose), "to", to.clone());
                let mail = MailView {
                    subject: plain_subject(subject),
                    words: words.clone(),
                    rest: String::new(),
                    hint: String::new(),
                    state: Some(self.mail_state(state)),
                };
                ("sms_out", title, Body::Mail(mail))
            }
            Entry::MailReported { state, error, .. } => {
                let good = matches!(state, DeliveryState::Delivered | DeliveryState::Presumed);
                let body = error.clone().filter(|e| !e.is_empty()).map_or(Body::None, Body::Detail);
                (if good { "delivered" } else { "report" }, self.mail_state(*state).label, body)
            }
            Entry::Note { words } => ("note", t.say("entry-note"), Body::Words(words.clone())),
            Entry::QuestionsAnswered { answers } => {
                ("note", t.say("entry-answers"), Body::Detail(self.answers(answers)))
            }
            Entry::Described { words } => ("note", t.say("entry-described"), Body::Words(words.clone())),
            Entry::DocumentReceived { document } => {
                ("document", t.say("entry-document"), Body::Detail(self.document(document)))
            }
            Entry::FollowerAdded { name, .. } => {
                ("joined", t.say("entry-follower"), Body::Detail(self.script(name)))
            }
            Entry::FileAdded { file, name, kind, size, .. } => {
                let there = case.files.iter().any(|row| row.id == *file && row.danger.is_none());
                let (name, about) = (name.clone(), about(t, *kind, *size));
                let file = FileLink { id: there.then_some(file.0), name, about };
                ("file", t.say("entry-file"), Body::File(file))
            }
            Entry::FileRemoved { name, reason, .. } => {
                ("file", t.with("entry-file-removed", "name", name), Body::Detail(reason.clone()))
            }
            Entry::ChannelChanged { from, to } => (
                "note",
                t.say("entry-channel"),
                Body::Change { from: self.channel(*from).label, to: self.channel(*to).label },
            ),
            Entry::StatusChanged { from, to } => (
                "status",
                t.say("entry-status"),
                Body::Change { from: self.status(*from).label, to: self.status(*to).label },
            ),
            Entry::Assigned { from, to } => {
                let name = |user: &Option<_>| user.map_or_else(|| t.say("nobody"), |u| self.user(u));
                ("assigned", t.say("entry-assigned"), Body::Change { from: name(from), to: name(to) })
            }
            Entry::CategoryChanged { from, to } => (
                "category",
                t.say("entry-category"),
                Body::Change { from: self.category(*from), to: self.category(*to) },
            ),
            Entry::DepartmentChanged { from, to } => {
                let name = |d: &Option<_>| d.map_or_else(|| t.say("none"), |d| self.department(d));
                ("department", t.say("entry-department"), Body::Change { from: name(from), to: name(to) })
            }
            conversation => self.conversation(case, conversation),
        }
    }

    /// One after the other on a line; what was taken back is a dash.
    fn answers(&self, answers: &[QuestionAnswer]) -> String {
        let one = |given: &QuestionAnswer| match self.directory.question(given.question) {
            Some(question) if given.answer.is_empty() => {
                format!("{}: –", self.locale.name(&question.name_sr, Some(&question.name_en)))
            }
            Some(question) => {
                let view = questions::answer(self.locale, question, &given.answer);
                format!("{}: {}", view.question, view.answer)
            }
            None => format!("{}: {}", given.key, given.answer),
        };
        answers.iter().map(one).collect::<Vec<_>>().join(" · ")
    }

    /// What people decided about the case, and what its citizen knows of it.
    pub(super) fn decision(&self, entry: &Entry) -> Option<(&'static str, String, Body)> {
        let t = self.locale;
        let department = |d: &Option<_>| d.map_or_else(|| t.say("none"), |d| self.department(d));
        Some(match entry {
            Entry::Answered { outcome, words, .. } => {
                let title = t.with("entry-answered", "outcome", t.word("outcome", outcome.as_str()));
                let body = if words.is_empty() {
                    Body::Detail(t.say("entry-answered-silent"))
                } else {
                    Body::Words(words.clone())
                };
                ("answered", title, body)
            }
            Entry::Reopened { reason, .. } => {
                ("reopened", t.say("entry-reopened"), Body::Words(reason.clone()))
            }
            Entry::Forwarded { from, to, .. } => {
                let (from, to) = (department(from), self.department(*to));
                // A case that was given to a service before, and is now sent to it.
                let body = if from == to { Body::Detail(to) } else { Body::Change { from, to } };
                ("forwarded", t.say("entry-forwarded"), body)
            }
            Entry::SentBack { to, reason, .. } => {
                let title = t.with("entry-sent-back", "to", department(to));
                ("sent_back", title, Body::Words(reason.clone()))
            }
            Entry::PlaceChanged { from, to, .. } => {
                let shown =
                    |place: &String| if place.is_empty() { t.say("none") } else { self.script(place) };
                ("place", t.say("entry-place"), Body::Change { from: shown(from), to: shown(to) })
            }
            Entry::Replied { words, .. } => ("reply", t.say("entry-replied"), Body::Words(words.clone())),
            Entry::NoticeMoved { purpose, follower, state, way, by_hand, why, .. } => {
                let whom = if *follower { "follower" } else { purpose.as_str() };
                let title = t.word(&format!("notice-{whom}"), state.as_str());
                let icon = if state.is_over() { "delivered" } else { "report" };
                let by = match (by_hand, way) {
                    (Some(by_hand), _) => Some(t.word("by-hand", by_hand.as_str())),
                    (None, Some(way)) => Some(t.word("way", way.as_str())),
                    (None, None) => None,
                };
                let why = Some(self.why(why)).filter(|why| !why.is_empty());
                let detail = [by, why].into_iter().flatten().collect::<Vec<_>>().join(" · ");
                (icon, title, if detail.is_empty() { Body::None } else { Body::Detail(detail) })
            }
            Entry::Merged { number, .. } => ("merged", t.with("entry-merged", "number", number), Body::None),
            Entry::Absorbed { number, .. } => {
                ("merged", t.with("entry-absorbed", "number", number), Body::None)
            }
            Entry::Unmerged { number, .. } => {
                ("merged", t.with("entry-unmerged", "number", number), Body::None)
            }
            Entry::Released { number, .. } => {
                ("merged", t.with("entry-released", "number", number), Body::None)
            }
            Entry::SplitOff { number, entries, .. } => (
                "split",
                t.with("entry-split-off", "number", number),
                Body::Detail(
                    t.count("entry-split-entries", i64::try_from(entries.len()).unwrap_or(i64::MAX)),
                ),
            ),
            Entry::SplitFrom { number, since, .. } => (
                "split",
                t.with("entry-split-from", "number", number),
                Body::Detail(t.with("entry-split-since", "at", t.moment(*since))),
            ),
            Entry::Linked { number, link, outward, .. } => {
                let group = if *outward { "link" } else { "link-back" };
                let detail = format!("{} {number}", t.word(group, link.as_str()));
                ("link", t.say("entry-linked"), Body::Detail(detail))
            }
            Entry::Unlinked { number, link, outward, .. } => {
                let group = if *outward { "link" } else { "link-back" };
                let detail = format!("{} {number}", t.word(group, link.as_str()));
                ("link", t.say("entry-unlinked"), Body::Detail(detail))
            }
            Entry::MacroUsed { name_sr, name_en, .. } => {
                let name = t.name(name_sr, Some(name_en));
                ("macro", t.with("entry-macro", "name", name), Body::None)
            }
            Entry::Watched { user } => {
                ("watch", t.with("entry-watched", "who", self.user(*user)), Body::None)
            }
            Entry::Unwatched { user } => {
                ("watch", t.with("entry-unwatched", "who", self.user(*user)), Body::None)
            }
            _ => return None,
        })
    }

    /// A reason of the program in the reader's language; a human's reason as it was written.
    pub(super) fn why(&self, why: &str) -> String {
        match why {
            "rejected" | "undeliverable" | "expired" | "uncertain" => self.locale.word("delivery", why),
            ours if WHY.contains(&ours) => self.locale.word("notice-why", ours),
            written => written.to_owned(),
        }
    }

    fn mail_received(
        &self,
        (sender, name): (Option<&str>, &str),
        kind: MailKind,
        subject: &str,
        (words, rest): (&str, &str),
        left_out: u32,
    ) -> (&'static str, String, Body) {
        let t = self.locale;
        let who = match (sender, name) {
            (None, "") => t.say("caller-hidden"),
            (None, name) => name.to_owned(),
            (Some(sender), "") => sender.to_owned(),
            (Some(sender), name) => format!("{name} ({sender})"),
        };
        let mut hints = Vec::new();
        if kind != MailKind::Ordinary {
            hints.push(t.word("mail-kind", kind.as_str()));
        }
        if left_out > 0 {
            hints.push(t.count("entry-mail-left-out", left_out.into()));
        }
        let mail = MailView {
            // Tokens are for mail programs.
            subject: plain_subject(subject),
            words: words.to_owned(),
            rest: rest.to_owned(),
            hint: hints.join(" "),
            state: None,
        };
        ("email", t.with("entry-mail", "sender", who), Body::Mail(mail))
    }

    /// A mail server's word for a mail means less than that of an SMSC for a text.
    fn mail_state(&self, state: DeliveryState) -> Labelled {
        Labelled { word: state.as_str(), label: self.locale.word("mail-state", state.as_str()) }
    }

    /// `3 стране · датум на папиру: 12.11.2026. · знак: 17-1/26 · предато лично`
    fn document(&self, document: &Document) -> String {
        let t = self.locale;
        let mut parts = Vec::new();
        parts.extend(document.pages.map(|pages| t.count("document-of-pages", i64::from(pages))));
        parts.extend(document.dated.map(|dated| t.with("document-of-date", "date", t.civil(dated))));
        if !document.reference.is_empty() {
            parts.push(t.with("document-of-reference", "reference", &document.reference));
        }
        parts.push(t.word("handed-in", document.by.as_str()));
        parts.join(" · ")
    }

    fn opened(&self, channel: Channel) -> String {
        self.locale.with("entry-opened", "channel", self.channel(channel).label)
    }

    fn call_from(&self, caller: Option<&str>) -> String {
        caller.map_or_else(
            || self.locale.say("entry-call-hidden"),
            |caller| self.locale.with("entry-call", "caller", for_people(caller)),
        )
    }

    fn caller(&self, caller: Option<&str>) -> String {
        caller.map_or_else(|| self.locale.say("caller-hidden"), for_people)
    }

    /// The network's reason in words, and its code beside them.
    fn refusal(&self, error: &str) -> String {
        match Refusal::of(error) {
            Some(refusal) => format!("{} ({error})", self.locale.word("refusal", refusal.as_str())),
            None => error.to_owned(),
        }
    }

    fn delivery(&self, state: DeliveryState) -> Labelled {
        Labelled { word: state.as_str(), label: self.locale.word("delivery", state.as_str()) }
    }
}

fn whose(case: &CaseDetail, of: CaseId) -> String {
    let part = case.parts.iter().find(|part| part.id == of).map(|part| part.number.to_string());
    let origin =
        || case.taken.iter().find(|from| from.case.id == of).map(|from| from.case.number.to_string());
    part.or_else(origin).unwrap_or_default()
}

fn mail_title(purpose: MailPurpose) -> &'static str {
    match purpose {
        MailPurpose::Receipt => "entry-mail-receipt",
        MailPurpose::Reply => "entry-mail-reply",
        MailPurpose::Forward => "entry-mail-forward",
        MailPurpose::Notice => "entry-mail-notice",
        MailPurpose::Campaign => "entry-mail-campaign",
        MailPurpose::Alert | MailPurpose::Alerts | MailPurpose::Code => "entry-mail-alert",
    }
}

fn group(entry: &Entry) -> &'static str {
    match entry.kind() {
        "note" => "note",
        "opened" | "answered" | "reopened" | "forwarded" | "sent_back" | "status_changed" | "assigned"
        | "category_changed" | "department_changed" | "place_changed" | "merged" | "absorbed"
        | "unmerged" | "released" | "split_off" | "split_from" | "linked" | "unlinked" => "change",
        kind if ["call", "text", "mail", "record"].iter().any(|of| kind.starts_with(of)) => "contact",
        "replied" | "answered_by" | "notice_moved" | "state_told" => "contact",
        _ => "other",
    }
}
