//! The life of one case as its timeline tells it. The row is what the entries add up to, so that `odziv rebuild` finds no difference.

use jiff::{SignedDuration, Timestamp};
use odziv::domain::case::{CaseNumber, Channel, Outcome, Status, Told};
use odziv::domain::file::FileKind;
use odziv::domain::id::*;
use odziv::domain::mail::{MailKind, MailParty, MailPurpose};
use odziv::domain::message::DeliveryState;
use odziv::domain::notice::{NoticeState, Purpose, Way};
use odziv::domain::timeline::{DeadlineBegun, Entry, Visibility};
use rand::Rng;
use rand::rngs::StdRng;

use crate::people::Citizen;
use crate::town::{Place, Town};

pub const PROFILE: &str = "promise-48";

pub struct Written {
    pub at: Timestamp,
    pub entry: Entry,
    pub by: Option<UserId>,
}

pub struct Story {
    pub id: CaseId,
    pub number: CaseNumber,
    pub citizen: usize,
    pub channel: Channel,
    pub opened: Timestamp,
    pub due: Timestamp,
    pub entries: Vec<Written>,
    /// All that people wrote, for the search.
    pub words: Vec<String>,
    pub place: String,
    pub interaction: Option<i64>,
    pub recording: Option<(i64, i64)>,
    /// Outbox id, channel, words, whether it is the notice of the outcome.
    pub sent: Vec<(i64, &'static str, String, Timestamp, bool)>,
    pub notice: Option<(i64, NoticeState, Timestamp)>,
    pub files: Vec<(i64, String, FileKind, Timestamp)>,
    pub answered: Option<Timestamp>,
    pub watchers: Vec<(UserId, Timestamp)>,
    pub is_open: bool,
    pub officer: UserId,
}

const FILES: &[(&str, FileKind)] = &[
    ("рупа на путу.jpg", FileKind::Jpeg),
    ("račun-vodovod.pdf", FileKind::Pdf),
    ("Захтев за прикључак.pdf", FileKind::Pdf),
    ("IMG_20260312.jpg", FileKind::Jpeg),
    ("скица паркинга.png", FileKind::Png),
];

/// Ids that the rows beside the case get.
#[derive(Default)]
pub struct Next {
    pub interaction: i64,
    pub recording: i64,
    pub outbox: i64,
    pub notice: i64,
    pub file: i64,
}

fn give(id: &mut i64) -> i64 {
    *id += 1;
    *id
}

/// How it goes on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    New,
    Forwarded,
    InProgress,
    Answered,
    Closed,
    Reopened,
}

impl Story {
    fn say(&mut self, at: Timestamp, by: Option<UserId>, entry: Entry) {
        if let Some(words) = entry.words() {
            self.words.push(words.to_owned());
        }
        self.entries.push(Written { at, entry, by });
    }

    /// `wordy`: with what short ones leave out. `long`: hundreds of entries.
    pub fn tell(
        town: &Town,
        rng: &mut StdRng,
        next: &mut Next,
        (id, opened): (i64, Timestamp),
        (citizen_at, citizen): (usize, &Citizen),
        (wordy, long): (bool, bool),
    ) -> Self {
        let Place { category, department, officers } = town.place(rng);
        let channel = channel(rng, citizen);
        let by = matches!(channel, Channel::Call | Channel::Visit | Channel::Document | Channel::Web)
            .then(|| town.operators[rng.random_range(0..town.operators.len())])
            .filter(|_| channel != Channel::Call || rng.random_bool(0.8));
        let officer = officers[rng.random_range(0..officers.len())].1;
        let due = town.due(opened);
        let number = town.number(id, opened);
        let mut story = Self {
            id: CaseId(id),
            number: number.clone(),
            citizen: citizen_at,
            channel,
            opened,
            due,
            entries: Vec::new(),
            words: Vec::new(),
            place: if rng.random_bool(0.55) { town.words.address(rng) } else { String::new() },
            interaction: None,
            recording: None,
            sent: Vec::new(),
            notice: None,
            files: Vec::new(),
            answered: None,
            watchers: Vec::new(),
            is_open: true,
            officer,
        };
        let first = match channel {
            Channel::MissedCall | Channel::Voicemail => String::new(),
            _ => town.words.text(rng, 5, 24),
        };
        let mail = citizen.email.clone();
        let caller = match channel {
            Channel::Email => mail.clone(),
            _ => Some(citizen.phone.as_str().to_owned()),
        };
        let opening = Entry::Opened {
            number,
            channel,
            category,
            department: Some(department),
            person: Some(PersonId(citizen.id)),
            caller: caller.clone(),
            summary: first.chars().take(160).collect(),
            place: story.place.clone(),
            area: None,
            by,
            deadlines: vec![DeadlineBegun { profile: PROFILE.into(), due }],
        };
        story.say(opened, by, opening);
        story.contact(next, rng, &first, caller, by);
        story.receipt(next, citizen, wordy);
        story.work(town, rng, next, citizen, department, (wordy, long));
        story
    }

    fn contact(
        &mut self,
        next: &mut Next,
        rng: &mut StdRng,
        words: &str,
        caller: Option<String>,
        by: Option<UserId>,
    ) {
        let at = self.opened;
        match self.channel {
            Channel::Call | Channel::Voicemail | Channel::MissedCall => {
                let interaction = InteractionId(give(&mut next.interaction));
                self.interaction = Some(interaction.0);
                self.say(at, None, Entry::CallArrived { interaction, caller, called: "+38121480000".into() });
                let length_ms = rng.random_range(8_000..400_000);
                if self.channel == Channel::Voicemail {
                    let recording = give(&mut next.recording);
                    self.recording = Some((recording, length_ms));
                    self.say(
                        at,
                        None,
                        Entry::Recorded { recording: RecordingId(recording), length_ms, placed: false },
                    );
                }
                if !words.is_empty() {
                    self.say(at, by, Entry::Described { words: words.into() });
                }
                let walk = vec!["meni".into(), "operateri".into()];
                let ended = plus(at, 0, length_ms / 1000);
                self.say(
                    ended,
                    None,
                    Entry::CallEnded { interaction, by: "caller".into(), length_ms: Some(length_ms), walk },
                );
            }
            Channel::Sms => {
                let interaction = InteractionId(give(&mut next.interaction));
                self.interaction = Some(interaction.0);
                self.say(
                    at,
                    None,
                    Entry::TextReceived { interaction, sender: caller, words: words.into(), whole: true },
                );
            }
            Channel::Email => {
                let interaction = InteractionId(give(&mut next.interaction));
                self.interaction = Some(interaction.0);
                let entry = Entry::MailReceived {
                    interaction,
                    sender: caller,
                    name: String::new(),
                    party: MailParty::Citizen,
                    mail: MailKind::Ordinary,
                    subject: words.split(' ').take(4).collect::<Vec<_>>().join(" "),
                    words: words.into(),
                    rest: String::new(),
                    left_out: 0,
                };
                self.say(at, None, entry);
            }
            Channel::Web | Channel::Document | Channel::Visit => {
                self.say(at, by, Entry::Described { words: words.into() });
            }
        }
    }

    fn receipt(&mut self, next: &mut Next, citizen: &Citizen, wordy: bool) {
        if !wordy && !matches!(self.channel, Channel::Sms | Channel::Email) {
            return;
        }
        let at = self.opened;
        let outbox = give(&mut next.outbox);
        match (self.channel, &citizen.email) {
            (Channel::Email, Some(to)) => {
                let words = format!("Поштовани, ваша порука је заведена под бројем {}.", self.number);
                self.sent.push((outbox, "email", words.clone(), at, false));
                let entry = Entry::MailQueued {
                    outbox: OutboxId(outbox),
                    to: to.clone(),
                    purpose: MailPurpose::Receipt,
                    subject: format!("[{}]", self.number),
                    words,
                };
                self.say(at, None, entry);
            }
            _ => {
                let words = format!("Ваша пријава је примљена. Број: {}", self.number);
                self.sent.push((outbox, "sms", words.clone(), at, false));
                let to = citizen.phone.as_str().to_owned();
                self.say(at, None, Entry::TextQueued { outbox: OutboxId(outbox), to, words });
                if wordy {
                    let entry = Entry::TextReported {
                        outbox: OutboxId(outbox),
                        state: DeliveryState::Delivered,
                        error: None,
                    };
                    self.say(plus(at, 0, 8), None, entry);
                }
            }
        }
    }

    fn work(
        &mut self,
        town: &Town,
        rng: &mut StdRng,
        next: &mut Next,
        citizen: &Citizen,
        department: DepartmentId,
        (wordy, long): (bool, bool),
    ) {
        let age = town.now.duration_since(self.opened).as_secs() as f64 / 86_400.0;
        let end = end(rng, age);
        let officer = Some(self.officer);
        // What happens lies between the opening and now.
        let span = (age * 86_400.0 * 0.9).min(9.0 * 86_400.0) as i64;
        let mut at = self.opened;
        let mut later = |rng: &mut StdRng| {
            at = plus(at, 0, rng.random_range(1..=(span / 8).max(2)));
            at.min(town.now)
        };
        if end == End::New {
            if wordy && rng.random_bool(0.3) {
                let words = town.words.text(rng, 3, 12);
                self.say(later(rng), officer, Entry::Note { words });
            }
            return;
        }
        let mut status = Status::New;
        if end == End::Forwarded || wordy && rng.random_bool(0.2) {
            let entry = Entry::Forwarded {
                from: Some(department),
                to: town.other(department),
                assignee: None,
                status,
            };
            self.say(later(rng), officer, entry);
            status = Status::Forwarded;
        }
        if end == End::Forwarded {
            return;
        }
        if wordy || end == End::InProgress {
            self.say(later(rng), officer, Entry::Assigned { from: None, to: officer });
            self.say(later(rng), officer, Entry::StatusChanged { from: status, to: Status::InProgress });
            status = Status::InProgress;
        }
        let notes = if long { 300 } else { usize::from(wordy) * rng.random_range(0..3) };
        for _ in 0..notes {
            let words = town.words.text(rng, 4, 18);
            self.say(later(rng), officer, Entry::Note { words });
        }
        if rng.random_bool(0.08) {
            let when = later(rng);
            self.file(rng, next, when);
        }
        if rng.random_bool(0.01) {
            let when = later(rng);
            self.watchers.push((self.officer, when));
            self.say(when, officer, Entry::Watched { user: self.officer });
        }
        if end == End::InProgress {
            return;
        }
        let when = later(rng);
        self.answered = Some(when);
        let words = town.words.text(rng, 4, 16);
        let outcome = match rng.random_range(0..10) {
            0 => Outcome::Unfounded,
            1 => Outcome::NotCompetent,
            _ => Outcome::Resolved,
        };
        self.say(when, officer, Entry::Answered { from: status, outcome, words: words.clone() });
        let late = when > self.due;
        self.say(when, None, Entry::DeadlineMet { profile: PROFILE.into(), late, next_due: None });
        self.notice(rng, next, citizen, (when, end), words);
        match end {
            End::Closed => {
                self.is_open = false;
                let closed = Entry::StatusChanged { from: Status::Answered, to: Status::Closed };
                self.say(later(rng), officer, closed);
            }
            End::Reopened => {
                let entry = Entry::Reopened {
                    from: Status::Answered,
                    outcome: Some(outcome),
                    told: Told::Told,
                    reason: town.words.text(rng, 3, 8),
                };
                self.say(later(rng), officer, entry);
            }
            _ => {}
        }
    }

    fn notice(
        &mut self,
        rng: &mut StdRng,
        next: &mut Next,
        citizen: &Citizen,
        (at, end): (Timestamp, End),
        words: String,
    ) {
        let notice = give(&mut next.notice);
        let state = match end {
            End::Answered if rng.random_bool(0.3) => NoticeState::Failed,
            End::Answered => NoticeState::Telling,
            _ if self.channel == Channel::Email => NoticeState::Presumed,
            _ => NoticeState::Told,
        };
        let outbox = give(&mut next.outbox);
        let (way, channel) = match &citizen.email {
            Some(_) if self.channel == Channel::Email => (Way::Email, "email"),
            _ => (Way::Sms, "sms"),
        };
        self.sent.push((outbox, channel, words, at, true));
        self.notice = Some((notice, state, at));
        if state != NoticeState::Telling {
            let entry = Entry::NoticeMoved {
                notice: NoticeId(notice),
                purpose: Purpose::Outcome,
                follower: false,
                state,
                way: Some(way),
                by_hand: None,
                why: String::new(),
            };
            self.say(plus(at, 0, 20), None, entry);
        }
    }

    fn file(&mut self, rng: &mut StdRng, next: &mut Next, at: Timestamp) {
        let (name, kind) = FILES[rng.random_range(0..FILES.len())];
        let (file, size) = (give(&mut next.file), rng.random_range(20_000..4_000_000));
        let name = format!("{} {name}", rng.random_range(1..2_000));
        self.words.push(name.clone());
        self.files.push((file, name.clone(), kind, at));
        let entry =
            Entry::FileAdded { file: AttachmentId(file), name, kind, size, visibility: Visibility::Public };
        self.say(at, Some(self.officer), entry);
    }
}

fn channel(rng: &mut StdRng, citizen: &Citizen) -> Channel {
    match rng.random_range(0..100) {
        0..40 => Channel::Call,
        40..63 => Channel::Sms,
        63..75 if citizen.email.is_some() => Channel::Email,
        63..70 => Channel::Sms,
        70..80 => Channel::Voicemail,
        80..88 => Channel::MissedCall,
        88..93 => Channel::Visit,
        93..97 => Channel::Document,
        _ => Channel::Web,
    }
}

/// Of older ones nearly all are closed.
fn end(rng: &mut StdRng, age_days: f64) -> End {
    if rng.random_bool((age_days / 14.0).min(0.965)) {
        return End::Closed;
    }
    match rng.random_range(0..100) {
        _ if age_days < 1.0 && rng.random_bool(0.7) => End::New,
        0..20 => End::New,
        20..45 => End::Forwarded,
        45..85 => End::InProgress,
        // Older ones would be closed by themselves.
        85..95 if age_days < 5.0 => End::Answered,
        85..95 => End::InProgress,
        _ => End::Reopened,
    }
}

pub fn plus(at: Timestamp, days: i64, seconds: i64) -> Timestamp {
    at + SignedDuration::from_secs(days * 86_400 + seconds)
}
