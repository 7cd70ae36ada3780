//! One letter, two matters: what of a case can become a case of its own, from when that one counts, and when it can be taken back.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::case::{CaseNumber, Channel};
use super::id::{CaseEventId, CaseId};
use super::link::{NotMerged, may_merge};
use super::mail::{MailParty, MailPurpose};
use super::projection::CaseFields;
use super::timeline::Entry;

/// A citizen writes of some things at once; more entries than these are a case that goes on, not one that is split.
pub const MOST_TAKEN: usize = 200;

/// Whether the new case may show this entry: what the citizen said, what was found, files. What was decided stays with the case that
/// it was decided about.
pub fn may_take(entry: &Entry) -> bool {
    matches!(
        entry,
        Entry::CallArrived { .. }
            | Entry::CalledOut { .. }
            | Entry::Recorded { .. }
            | Entry::TextReceived { .. }
            | Entry::MailReceived { .. }
            | Entry::Described { .. }
            | Entry::DocumentReceived { .. }
            | Entry::FileAdded { .. }
            | Entry::Note { .. }
    )
}

/// When and how the citizen said it: the first contact among `taken`, or else what `case` began with.
pub fn original<'e>(
    case: &CaseFields,
    began: Timestamp,
    taken: impl IntoIterator<Item = (Timestamp, &'e Entry)>,
) -> (Timestamp, Channel) {
    let contacts = taken.into_iter().filter_map(|(at, entry)| {
        let channel = match entry {
            Entry::CallArrived { .. } => match case.channel {
                spoken @ (Channel::Voicemail | Channel::MissedCall) => spoken,
                _ => Channel::Call,
            },
            Entry::TextReceived { .. } => Channel::Sms,
            Entry::MailReceived { party: MailParty::Citizen, .. } => Channel::Email,
            Entry::DocumentReceived { .. } => Channel::Document,
            Entry::Described { .. } => case.channel,
            _ => return None,
        };
        Some((at, channel))
    });
    contacts.min_by_key(|(at, _)| *at).unwrap_or((began, case.channel))
}

/// Where a case comes from that was split off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    pub from: CaseId,
    pub number: CaseNumber,
    pub entries: Vec<CaseEventId>,
    pub since: Timestamp,
    pub same_citizen: bool,
}

impl Origin {
    pub fn of(entry: &Entry) -> Option<Self> {
        let Entry::SplitFrom { from, number, entries, since, same_citizen } = entry else { return None };
        Some(Self {
            from: *from,
            number: number.clone(),
            entries: entries.clone(),
            since: *since,
            same_citizen: *same_citizen,
        })
    }
}

/// Why a split cannot be taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotUndone {
    #[error("the case was not split off from another one")]
    NotSplit,
    #[error("the split was taken back already")]
    Already,
    #[error("the two cases cannot become one: {0}")]
    NotMerged(#[from] NotMerged),
    #[error("the citizen was written to under the new number; merge the cases instead")]
    Written,
    #[error("the citizen called or wrote about the new case; merge the cases instead")]
    Contacted,
    #[error("the new case was sent to an institution; merge the cases instead")]
    Sent,
    #[error("another case was merged into the new one, or split off from it; undo that first")]
    Grown,
}

impl NotUndone {
    /// The key of its words in the locales.
    pub fn key(self) -> &'static str {
        match self {
            Self::NotSplit => "unsplit-not-split",
            Self::Already => "unsplit-already",
            Self::NotMerged(_) => "unsplit-ended",
            Self::Written => "unsplit-written",
            Self::Contacted => "unsplit-contacted",
            Self::Sent => "unsplit-sent",
            Self::Grown => "unsplit-grown",
        }
    }
}

/// Both as they are now; `timeline`: all own entries of the case that was split off, oldest first. The case it came from takes it back
/// as a part, and everything on it stays to be read; what left the house under the new number cannot be taken back.
pub fn may_undo<'e>(
    split: &CaseFields,
    from: (CaseId, &CaseFields),
    timeline: impl IntoIterator<Item = &'e Entry>,
) -> Result<(), NotUndone> {
    let mut origin = None;
    let mut grown = Grown::default();
    let mut done = Ok(());
    for entry in timeline {
        match entry {
            Entry::SplitFrom { from, .. } => origin = Some(*from),
            Entry::Replied { .. } | Entry::MailQueued { purpose: MailPurpose::Reply, .. } => {
                done = Err(NotUndone::Written);
            }
            Entry::MailQueued { purpose: MailPurpose::Forward, .. } => done = Err(NotUndone::Sent),
            entry if entry.is_sent_by_citizen() => done = Err(NotUndone::Contacted),
            entry => grown.note(entry),
        }
    }
    let origin = origin.ok_or(NotUndone::NotSplit)?;
    if split.merged_into == Some(origin) {
        return Err(NotUndone::Already);
    }
    if origin != from.0 {
        return Err(NotUndone::NotSplit);
    }
    may_merge(split, from.1)?;
    if grown.is_by_others() {
        return Err(NotUndone::Grown);
    }
    done
}

/// What became of a case besides itself.
#[derive(Default)]
struct Grown {
    /// Merged into it from elsewhere.
    parts: BTreeSet<CaseId>,
    /// Split off from it, and for each whether it goes on by itself.
    children: BTreeMap<CaseId, bool>,
}

impl Grown {
    fn note(&mut self, entry: &Entry) {
        match entry {
            Entry::SplitOff { into, .. } => {
                self.children.insert(*into, true);
            }
            Entry::Absorbed { part, .. } => match self.children.get_mut(part) {
                Some(alone) => *alone = false,
                None => {
                    self.parts.insert(*part);
                }
            },
            Entry::Released { part, .. } => match self.children.get_mut(part) {
                Some(alone) => *alone = true,
                None => {
                    self.parts.remove(part);
                }
            },
            _ => {}
        }
    }

    fn is_by_others(&self) -> bool {
        !self.parts.is_empty() || self.children.values().any(|alone| *alone)
    }
}

/// The cases that were split off from one and go on by themselves, each with the entries that it is about too.
pub fn split_off<'e>(
    timeline: impl IntoIterator<Item = &'e Entry>,
) -> Vec<(CaseId, CaseNumber, Vec<CaseEventId>)> {
    let (mut grown, mut found) = (Grown::default(), Vec::new());
    for entry in timeline {
        grown.note(entry);
        if let Entry::SplitOff { into, number, entries, .. } = entry {
            found.push((*into, number.clone(), entries.clone()));
        }
    }
    found.retain(|(into, ..)| grown.children.get(into).is_some_and(|alone| *alone));
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::case::{Outcome, Status};
    use crate::domain::id::{CategoryId, InteractionId, NoticeId};

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    fn case(number: &str, channel: Channel) -> CaseFields {
        let opened = Entry::Opened {
            number: CaseNumber(number.into()),
            channel,
            category: CategoryId(5),
            department: None,
            person: None,
            caller: None,
            summary: String::new(),
            place: String::new(),
            area: None,
            by: None,
            deadlines: Vec::new(),
        };
        CaseFields::opened(at(100), &opened).unwrap()
    }

    fn text() -> Entry {
        Entry::TextReceived {
            interaction: InteractionId(1),
            sender: None,
            words: "и светло".into(),
            whole: true,
        }
    }

    fn split_from(from: i64) -> Entry {
        Entry::SplitFrom {
            from: CaseId(from),
            number: CaseNumber("400-1/2026-01".into()),
            entries: Vec::new(),
            since: at(100),
            same_citizen: true,
        }
    }

    #[test]
    fn a_matter_counts_from_when_the_citizen_said_it_and_not_from_what_was_noted_before() {
        let call = case("1", Channel::Voicemail);
        let note = Entry::Note { words: "види и расвету".into() };
        assert_eq!(original(&call, at(90), [(at(120), &note)]), (at(90), Channel::Voicemail));
        let text = text();
        let taken = [(at(120), &note), (at(150), &text), (at(140), &text)];
        assert_eq!(original(&call, at(90), taken), (at(140), Channel::Sms));
    }

    #[test]
    fn decisions_stay_with_the_case_that_they_were_made_about() {
        assert!(may_take(&text()));
        let answered =
            Entry::Answered { from: Status::New, outcome: Outcome::Resolved, words: "да".into() };
        assert!(!may_take(&answered) && !may_take(&split_from(1)));
    }

    #[test]
    fn a_split_is_taken_back_until_something_left_the_house() {
        let (old, new) = (case("1", Channel::Sms), case("2", Channel::Sms));
        let undo = |entries: &[Entry]| {
            let mut all = vec![split_from(7)];
            all.extend_from_slice(entries);
            may_undo(&new, (CaseId(7), &old), &all)
        };
        assert_eq!(undo(&[]), Ok(()));
        assert_eq!(undo(&[Entry::Note { words: "x".into() }]), Ok(()));
        assert_eq!(undo(&[text()]), Err(NotUndone::Contacted));
        let replied = Entry::Replied { notice: NoticeId(1), words: "x".into() };
        assert_eq!(undo(&[replied]), Err(NotUndone::Written));
        let absorbed = Entry::Absorbed { part: CaseId(9), number: CaseNumber("9".into()) };
        let released = Entry::Released { part: CaseId(9), number: CaseNumber("9".into()) };
        assert_eq!(undo(std::slice::from_ref(&absorbed)), Err(NotUndone::Grown));
        assert_eq!(undo(&[absorbed.clone(), released]), Ok(()));
        let off = Entry::SplitOff {
            into: CaseId(9),
            number: CaseNumber("9".into()),
            entries: vec![CaseEventId(3)],
            same_citizen: true,
        };
        assert_eq!(undo(std::slice::from_ref(&off)), Err(NotUndone::Grown));
        assert_eq!(split_off([&off]), [(CaseId(9), CaseNumber("9".into()), vec![CaseEventId(3)])]);
        assert_eq!(undo(&[off.clone(), absorbed.clone()]), Ok(()), "taken back, it is what it was");
        assert!(split_off([&off, &absorbed]).is_empty());
        assert_eq!(may_undo(&new, (CaseId(7), &old), []), Err(NotUndone::NotSplit));
        let closed = CaseFields { status: Status::Closed, ..old.clone() };
        let into_ended = may_undo(&new, (CaseId(7), &closed), &[split_from(7)]);
        assert_eq!(into_ended, Err(NotUndone::NotMerged(NotMerged::IntoEnded)));
        let part = CaseFields { merged_into: Some(CaseId(7)), ..new.clone() };
        assert_eq!(may_undo(&part, (CaseId(7), &old), &[split_from(7)]), Err(NotUndone::Already));
    }
}
