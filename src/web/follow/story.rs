//! What a citizen reads of their case: their own part of the timeline, in words that name nobody else.

use super::super::cases::timeline::{Body, EntryView};
use super::super::cases::view::Viewer;
use super::Happened;
use crate::domain::mail::plain_subject;
use crate::domain::timeline::{Entry, Visibility};
use crate::store::case::CaseDetail;
use crate::store::event::TimelineEntry;

/// `whole`: the case that this one became a part of; its outcome is theirs too.
/// `addresses`: where the citizen's own contacts come from; what others sent about the case is not theirs to read.
pub fn story(
    viewer: &Viewer<'_>,
    own: &CaseDetail,
    whole: Option<&CaseDetail>,
    addresses: &[String],
) -> Vec<Happened> {
    let mut seen: Vec<(&CaseDetail, &TimelineEntry)> = own
        .timeline
        .iter()
        .filter(|entry| is_theirs(own, entry, addresses))
        .map(|entry| (own, entry))
        .collect();
    if let Some(whole) = whole {
        let outcomes = whole.timeline.iter().filter(|entry| is_outcome(&entry.entry));
        seen.extend(outcomes.map(|entry| (whole, entry)));
        seen.sort_by_key(|(_, entry)| (entry.at, entry.id));
    }
    seen.into_iter().map(|(case, entry)| happened(viewer, entry, viewer.entry(case, entry))).collect()
}

fn is_outcome(entry: &Entry) -> bool {
    matches!(entry, Entry::Answered { .. } | Entry::Reopened { .. })
}

/// What a citizen understands and what names nobody who works here; a new kind of entry is shown when it is put on this list.
fn is_theirs(own: &CaseDetail, entry: &TimelineEntry, addresses: &[String]) -> bool {
    // A case that was split off shows what it took of another one, which may be somebody else's.
    let from = own.taken.iter().find(|from| from.case.id == entry.case);
    let is_own = entry.case == own.case.id
        || from.is_some_and(|from| from.person.is_some() && from.person == own.case.person);
    if entry.visibility != Visibility::Public || !is_own {
        return false;
    }
    match &entry.entry {
        Entry::CallArrived { caller: from, .. }
        | Entry::TextReceived { sender: from, .. }
        | Entry::MailReceived { sender: from, .. } => {
            from.is_none()
                || *from == own.case.caller
                || from.as_ref().is_some_and(|from| addresses.contains(from))
        }
        Entry::Opened { .. }
        | Entry::Described { .. }
        | Entry::DocumentReceived { .. }
        | Entry::FileAdded { .. }
        | Entry::Replied { .. }
        | Entry::Answered { .. }
        | Entry::Reopened { .. }
        | Entry::Forwarded { .. }
        | Entry::Merged { .. }
        | Entry::Unmerged { .. }
        | Entry::SplitOff { .. }
        | Entry::SplitFrom { .. }
        | Entry::StatusChanged { .. }
        | Entry::CategoryChanged { .. }
        | Entry::DepartmentChanged { .. } => true,
        _ => false,
    }
}

fn happened(viewer: &Viewer<'_>, entry: &TimelineEntry, view: EntryView) -> Happened {
    let say = |key| viewer.locale.say(key);
    let (title, detail) = match &entry.entry {
        Entry::CallArrived { .. } => (say("follow-call"), String::new()),
        _ if entry.erased => (view.title, shown(view.body)),
        Entry::TextReceived { words, .. } => (say("follow-text"), words.clone()),
        Entry::MailReceived { subject, words, .. } => {
            (say("follow-mail"), format!("{}\n{words}", plain_subject(subject)))
        }
        Entry::Replied { words, .. } => (say("follow-reply"), words.clone()),
        // Why is said among those who work here.
        Entry::Reopened { .. } => (view.title, String::new()),
        _ => (view.title, shown(view.body)),
    };
    Happened { when: view.whole, machine: view.machine, title, detail }
}

fn shown(body: Body) -> String {
    match body {
        Body::Detail(words) | Body::Words(words) => words,
        Body::Change { from, to } => format!("{from} → {to}"),
        Body::File(file) => file.name,
        Body::None | Body::Text { .. } | Body::Mail(_) | Body::Recording(_) => String::new(),
    }
}
