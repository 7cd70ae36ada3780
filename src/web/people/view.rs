//! The card of a person as the reader sees it.

use crate::domain::opt_out::{OptOutChannel, OptOutMeans};
use crate::domain::person::{
    ConsentKind, ConsentMeans, PersonEntry, PersonFacts, PersonLanguage, Point, PointKind, TellBy,
};
use crate::domain::timeline::Entry;
use crate::store::opt_out::OptOut;
use crate::store::person_card::{ConsentRow, PersonCard, PersonTimelineEntry, PointRow, Sent, SentPage};
use crate::web::cases::view::{Choice, Labelled, Viewer, for_people};
use crate::web::i18n::Language;
use crate::web::opt_outs::OptOutRow;

#[derive(Debug)]
pub struct CardView {
    pub id: i64,
    pub version: i64,
    /// That nobody wrote it down, when nobody did.
    pub title: String,
    pub since: String,
    pub name: String,
    pub languages: Vec<Choice>,
    pub tell_by: Vec<Choice>,
    pub points: Vec<PointView>,
    pub kinds: Vec<Choice>,
    pub consents: Vec<ConsentView>,
    /// With commas between.
    pub tags: String,
    /// What they got with many others, latest first.
    pub campaigns: Vec<CampaignLine>,
    /// Surveys that the reader may ask them.
    pub surveys: Vec<Choice>,
    pub means: Vec<Choice>,
    /// Messages to many, by every way in which they could come.
    pub opt_outs: Vec<OptOutView>,
    pub opt_out_means: Vec<Choice>,
    pub sent: Vec<SentView>,
    /// Address of older cases.
    pub older: Option<String>,
    pub parties: Vec<PartyView>,
    pub history: Vec<HistoryView>,
    pub merged: Vec<MergedView>,
    pub may_edit: bool,
    pub may_merge: bool,
    /// Somebody else was faster: what was sent is not stored.
    pub conflict: bool,
    pub problem: Option<Problem>,
}

/// Why something was not stored, with the person that is in the way.
#[derive(Clone, Debug)]
pub struct Problem {
    pub words: String,
    pub other: Option<(i64, String)>,
}

#[derive(Debug)]
pub struct PointView {
    pub kind: Labelled,
    pub value: String,
    /// As people write it.
    pub shown: String,
    /// For a link; empty for an address.
    pub link: String,
    pub is_primary: bool,
    /// Since when it is known to reach nobody.
    pub invalid: Option<String>,
    pub failure: Option<FailureView>,
}

#[derive(Debug)]
pub struct FailureView {
    pub at: String,
    pub machine: String,
    pub state: String,
    pub why: String,
    pub words: String,
    pub case: Option<i64>,
}

#[derive(Debug)]
pub struct ConsentView {
    pub kind: Labelled,
    /// `given`, `withdrawn` or `unknown`.
    pub state: &'static str,
    pub state_label: String,
    /// When and how; empty when nobody was asked.
    pub how: String,
}

#[derive(Debug)]
pub struct OptOutView {
    pub channel: Labelled,
    pub value: String,
    /// As people write it.
    pub address: String,
    /// In the register; else nothing stands in the way.
    pub row: Option<OptOutRow>,
}

#[derive(Debug)]
pub struct SentView {
    pub day: Option<String>,
    pub icon: &'static str,
    pub title: String,
    pub words: String,
    pub case: i64,
    pub number: String,
    pub category: String,
    pub status: Labelled,
    pub time: String,
    pub whole: String,
    pub machine: String,
}

#[derive(Debug)]
pub struct PartyView {
    pub case: i64,
    pub number: String,
    pub category: String,
    pub role: String,
}

#[derive(Debug)]
pub struct HistoryView {
    pub title: String,
    pub detail: String,
    pub who: String,
    pub at: String,
    pub machine: String,
}

#[derive(Debug)]
pub struct MergedView {
    pub merge: i64,
    pub name: String,
}

/// Kinds of the entries of a card.
#[cfg(test)]
pub const ENTRIES: [&str; 13] = [
    "added",
    "edited",
    "point_added",
    "point_removed",
    "point_preferred",
    "point_marked",
    "consented",
    "opted_out",
    "opted_in",
    "noted",
    "merged",
    "merged_into",
    "split",
];

/// Of a text in the stream; the rest is on the case's page.
const WORDS: usize = 280;

impl Viewer<'_> {
    pub fn card(&self, card: &PersonCard, sent: &SentPage, opt_outs: &[(String, OptOut)]) -> CardView {
        let person = &card.person;
        let id = person.id.0;
        let older = sent.next.map(|cursor| format!("/people/{id}?after={cursor}#sent"));
        CardView {
            id,
            version: person.version,
            title: self.person_name(&person.name),
            since: self.locale.date(person.created_at),
            name: person.name.clone(),
            languages: self.person_languages(person.language),
            tell_by: self.choices(
                "tell-by",
                TellBy::ALL,
                |by| by.as_str(),
                person.tell_by.map(TellBy::as_str),
            ),
            points: card.points.iter().map(|row| self.point(row)).collect(),
            kinds: self.choices("point", PointKind::ALL, |kind| kind.as_str(), Some("phone")),
            tags: String::new(),
            campaigns: Vec::new(),
            surveys: Vec::new(),
            consents: ConsentKind::ALL.iter().map(|kind| self.consent(*kind, &card.consents)).collect(),
            means: self.choices("means", ConsentMeans::ALL, |means| means.as_str(), Some("telephone")),
            opt_outs: self.opt_outs_of(&card.points, opt_outs),
            opt_out_means: self.opt_out_means(&OptOutMeans::BY_PEOPLE, "telephone"),
            sent: self.sent(&sent.sent),
            older,
            parties: card
                .parties
                .iter()
                .map(|(case, role)| PartyView {
                    case: case.id.0,
                    number: case.number.to_string(),
                    category: self.category(case.category),
                    role: self.party(role),
                })
                .collect(),
            history: card.timeline.iter().map(|entry| self.history(entry)).collect(),
            merged: card
                .merged
                .iter()
                .map(|row| MergedView { merge: row.merge.0, name: self.person_name(&row.name) })
                .collect(),
            may_edit: false,
            may_merge: false,
            conflict: false,
            problem: None,
        }
    }

    pub fn person_name(&self, name: &str) -> String {
        if name.is_empty() { self.locale.say("person-unnamed") } else { self.script(name) }
    }

    fn choices<T: Copy>(
        &self,
        group: &str,
        all: &[T],
        word: impl Fn(T) -> &'static str,
        chosen: Option<&str>,
    ) -> Vec<Choice> {
        let choice = |value: &T| {
            let word = word(*value);
            Choice {
                value: word.to_owned(),
                label: self.locale.word(group, word),
                chosen: chosen == Some(word),
            }
        };
        all.iter().map(choice).collect()
    }

    /// In the words of the languages themselves.
    fn person_languages(&self, chosen: Option<PersonLanguage>) -> Vec<Choice> {
        let choice = |language: &PersonLanguage| Choice {
            value: language.as_str().to_owned(),
            label: language_name(*language),
            chosen: chosen == Some(*language),
        };
        PersonLanguage::ALL.iter().map(choice).collect()
    }

    fn point(&self, row: &PointRow) -> PointView {
        let Point { kind, value } = &row.point;
        let (shown, link) = match kind {
            PointKind::Phone => (for_people(value), format!("tel:{value}")),
            PointKind::Email => (value.clone(), format!("mailto:{value}")),
            PointKind::Address => (self.script(value), String::new()),
        };
        PointView {
            kind: Labelled { word: kind.as_str(), label: self.locale.word("point", kind.as_str()) },
            value: value.clone(),
            shown,
            link,
            is_primary: row.is_primary,
            invalid: row.invalid_at.map(|at| self.locale.date(at)),
            failure: row.failure.as_ref().map(|failure| FailureView {
                at: self.locale.moment(failure.at),
                machine: failure.at.to_string(),
                state: self.locale.word("delivery", failure.state.as_str()),
                why: failure.why.clone().unwrap_or_default(),
                words: failure.words.clone(),
                case: failure.case.map(|case| case.0),
            }),
        }
    }

    fn consent(&self, kind: ConsentKind, known: &[ConsentRow]) -> ConsentView {
        let known = known.iter().find(|row| row.kind == kind);
        let state = match known {
            Some(row) if row.given => "given",
            Some(_) => "withdrawn",
            None => "unknown",
        };
        ConsentView {
            kind: Labelled { word: kind.as_str(), label: self.locale.word("consent", kind.as_str()) },
            state,
            state_label: self.locale.word("consent-state", state),
            how: known.map_or_else(String::new, |row| {
                let means = self.locale.word("means", row.means.as_str());
                format!("{}, {means}", self.locale.date(row.at))
            }),
        }
    }

    fn opt_outs_of(&self, points: &[PointRow], known: &[(String, OptOut)]) -> Vec<OptOutView> {
        let view = |point: &Point, channel: OptOutChannel| {
            let row = known.iter().find(|(address, row)| *address == point.value && row.channel == channel);
            OptOutView {
                channel: Labelled {
                    word: channel.as_str(),
                    label: self.locale.word("opt-out-channel", channel.as_str()),
                },
                value: point.value.clone(),
                address: self.point_words(point),
                row: row.map(|(_, row)| self.opt_out(row)),
            }
        };
        let channels = |row: &'_ PointRow| {
            let point = row.point.clone();
            let of_kind = OptOutChannel::ALL.iter().filter(move |channel| channel.point() == point.kind);
            of_kind.copied().collect::<Vec<_>>()
        };
        let all = points.iter().flat_map(|row| channels(row).into_iter().map(move |channel| (row, channel)));
        all.map(|(row, channel)| view(&row.point, channel)).collect()
    }

    fn sent(&self, sent: &[Sent]) -> Vec<SentView> {
        let mut day_before = None;
        let view = |sent: &Sent| {
            let day = self.locale.day(sent.at);
            let is_new_day = day_before.as_ref() != Some(&day);
            day_before = Some(day.clone());
            let (icon, title) = self.what_was_sent(sent);
            let words = sent.entry.as_ref().and_then(Entry::words).unwrap_or(&sent.case.summary);
            SentView {
                day: is_new_day.then_some(day),
                icon,
                title,
                words: shortened(words),
                case: sent.case.id.0,
                number: sent.case.number.to_string(),
                category: self.category(sent.case.category),
                status: self.status(sent.case.status),
                time: self.locale.time(sent.at),
                whole: self.locale.moment(sent.at),
                machine: sent.at.to_string(),
            }
        };
        sent.iter().map(view).collect()
    }

    fn what_was_sent(&self, sent: &Sent) -> (&'static str, String) {
        let icon = match &sent.entry {
            Some(Entry::CallArrived { .. }) => "call",
            Some(Entry::TextReceived { .. }) => "sms",
            Some(Entry::MailReceived { .. }) => "email",
            _ => sent.case.channel.as_str(),
        };
        let label = match icon {
            // Whatever the case became of it, it was a call.
            "call" => self.locale.word("channel", "call"),
            "sms" => self.locale.word("channel", "sms"),
            "email" => self.locale.word("channel", "email"),
            _ => self.channel(sent.case.channel).label,
        };
        (icon, label)
    }

    fn party(&self, role: &str) -> String {
        self.locale.word("party", if role == "witness" { "witness" } else { "follower" })
    }

    fn history(&self, row: &PersonTimelineEntry) -> HistoryView {
        HistoryView {
            title: self.locale.word("card", row.entry.kind()),
            detail: self.history_detail(&row.entry),
            who: row.actor.map(|user| self.user(user)).or_else(|| row.token.clone()).unwrap_or_default(),
            at: self.locale.moment(row.at),
            machine: row.at.to_string(),
        }
    }

    fn history_detail(&self, entry: &PersonEntry) -> String {
        match entry {
            PersonEntry::Added { facts } => self.script(&facts.name),
            PersonEntry::Edited { from, to } => self.edited(from, to),
            PersonEntry::PointAdded { point }
            | PersonEntry::PointRemoved { point }
            | PersonEntry::PointPreferred { point } => self.point_words(point),
            PersonEntry::PointMarked { point, valid, why } => {
                let state = if *valid {
                    self.locale.say("point-is-valid")
                } else {
                    self.locale.say("point-is-invalid")
                };
                let why = if why.is_empty() { String::new() } else { format!(" ({why})") };
                format!("{}: {state}{why}", self.point_words(point))
            }
            PersonEntry::OptedOut { channel, point, means, remark }
            | PersonEntry::OptedIn { channel, point, means, remark } => {
                let channel = self.locale.word("opt-out-channel", channel.as_str());
                let means = self.locale.word("opt-out-means", means.as_str());
                let remark =
                    if remark.is_empty() { String::new() } else { format!(" ({})", self.script(remark)) };
                format!("{}: {channel}, {means}{remark}", self.point_words(point))
            }
            PersonEntry::Consented { consent, given, means, remark } => {
                let consent = self.locale.word("consent", consent.as_str());
                let state = self.locale.word("consent-state", if *given { "given" } else { "withdrawn" });
                let means = self.locale.word("means", means.as_str());
                let remark =
                    if remark.is_empty() { String::new() } else { format!(" ({})", self.script(remark)) };
                format!("{consent}: {state}, {means}{remark}")
            }
            PersonEntry::Noted { words } => self.script(words),
            PersonEntry::Merged { other_name: name, .. }
            | PersonEntry::MergedInto { survivor_name: name, .. }
            | PersonEntry::Split { other_name: name, .. } => self.person_name(name),
        }
    }

    fn edited(&self, from: &PersonFacts, to: &PersonFacts) -> String {
        let mut changes = Vec::new();
        if from.name != to.name {
            changes.push(format!("{} → {}", self.person_name(&from.name), self.script(&to.name)));
        }
        let as_written = || self.locale.say("person-as-written");
        if from.language != to.language {
            let name = |language: Option<PersonLanguage>| language.map_or_else(as_written, language_name);
            changes.push(format!("{} → {}", name(from.language), name(to.language)));
        }
        if from.tell_by != to.tell_by {
            let name = |by: Option<TellBy>| {
                by.map_or_else(as_written, |by| self.locale.word("tell-by", by.as_str()))
            };
            changes.push(format!("{} → {}", name(from.tell_by), name(to.tell_by)));
        }
        changes.join(", ")
    }

    fn point_words(&self, point: &Point) -> String {
        match point.kind {
            PointKind::Phone => for_people(&point.value),
            PointKind::Email => point.value.clone(),
            PointKind::Address => self.script(&point.value),
        }
    }
}

/// A campaign in which somebody was a recipient, and what became of it for them.
#[derive(Debug)]
pub struct CampaignLine {
    pub id: i64,
    pub name: String,
    pub outcome: String,
    pub when: String,
}

pub fn language_name(language: PersonLanguage) -> String {
    let language = match language {
        PersonLanguage::SerbianCyrillic => Language::SerbianCyrillic,
        PersonLanguage::SerbianLatin => Language::SerbianLatin,
        PersonLanguage::English => Language::English,
    };
    language.own_name().to_owned()
}

fn shortened(words: &str) -> String {
    match words.char_indices().nth(WORDS) {
        Some((end, _)) => format!("{}…", words.get(..end).unwrap_or_default().trim_end()),
        None => words.to_owned(),
    }
}
