//! Who spoke with the citizen in a recording, one after the other: told from the timeline.

use crate::domain::id::{InteractionId, UserId};
use crate::domain::timeline::Entry;
use crate::store::case::CaseDetail;
use crate::store::recording::RecordingRow;

/// A transfer inside the house is noted, and a moment later who answered; one to a number outside has nobody who answers.
const SAME_MOMENT_MS: i64 = 1_500;

/// From here on somebody else spoke.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turn {
    pub at_ms: i64,
    pub who: Who,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Who {
    User(UserId),
    /// A number outside.
    Number(String),
    /// The one before stays, and a third person joins.
    Together(Vec<UserId>),
}

/// In their order; the first at the beginning. Empty when nobody of the house took part.
pub fn turns(case: &CaseDetail, recording: &RecordingRow) -> Vec<Turn> {
    let call = recording.interaction;
    let entries = case.timeline.iter();
    let mut turns: Vec<Turn> = Vec::new();
    let mut joins = false;
    let of_call = entries.skip_while(|entry| !begins(&entry.entry, call));
    for entry in of_call.take_while(|entry| !is_end_of(&entry.entry, call)) {
        let at_ms = entry.at.duration_since(recording.started_at).as_millis();
        let at_ms = i64::try_from(at_ms).unwrap_or(i64::MAX).max(0);
        let who = match &entry.entry {
            Entry::CalledOut { by: Some(user), .. } => return vec![Turn { at_ms: 0, who: Who::User(*user) }],
            Entry::AnsweredBy { user, .. } if joins => together(turns.last(), *user),
            Entry::AnsweredBy { user, .. } | Entry::Returned { to: user } => Who::User(*user),
            Entry::Transferred { to, .. } if is_number(to) => Who::Number(to.clone()),
            Entry::Joined { .. } => {
                joins = true;
                continue;
            }
            _ => continue,
        };
        joins = false;
        if recording.length_ms.is_some_and(|length| at_ms >= length) {
            break;
        }
        // Who answered inside the house is better known than by the extension that was dialled.
        turns.pop_if(|last| last.at_ms == at_ms || is_same_moment(last, at_ms));
        if turns.last().is_none_or(|last| last.who != who) {
            turns.push(Turn { at_ms, who });
        }
    }
    if let Some(first) = turns.first_mut() {
        first.at_ms = 0;
    }
    turns
}

fn is_same_moment(last: &Turn, at_ms: i64) -> bool {
    matches!(last.who, Who::Number(_)) && at_ms - last.at_ms < SAME_MOMENT_MS
}

/// A call that an operator made has one entry, written at its end.
fn begins(entry: &Entry, call: InteractionId) -> bool {
    match entry {
        Entry::CallArrived { interaction, .. } | Entry::CalledOut { interaction, .. } => *interaction == call,
        _ => false,
    }
}

fn is_end_of(entry: &Entry, call: InteractionId) -> bool {
    matches!(entry, Entry::CallEnded { interaction, .. } if *interaction == call)
}

fn together(before: Option<&Turn>, user: UserId) -> Who {
    let mut all = match before.map(|turn| &turn.who) {
        Some(Who::User(first)) => vec![*first],
        Some(Who::Together(users)) => users.clone(),
        Some(Who::Number(_)) | None => Vec::new(),
    };
    all.push(user);
    Who::Together(all)
}

fn is_number(to: &str) -> bool {
    to.chars().all(|c| c.is_ascii_digit() || c == '+')
}

#[cfg(test)]
mod tests {
    use jiff::{SignedDuration, Timestamp};

    use super::*;
    use crate::domain::case::{CaseNumber, Channel, Status, Told};
    use crate::domain::id::{CaseEventId, CaseId, CategoryId, RecordingId};
    use crate::domain::timeline::Visibility;
    use crate::store::case::CaseRow;
    use crate::store::event::TimelineEntry;

    const CALL: InteractionId = InteractionId(7);
    const ANA: UserId = UserId(1);
    const MARKO: UserId = UserId(2);

    fn arrived(call: InteractionId) -> Entry {
        Entry::CallArrived { interaction: call, caller: None, called: "+38121480000".into() }
    }

    fn answered(user: UserId) -> Entry {
        Entry::AnsweredBy { user, wait_ms: 4_000 }
    }

    fn transferred(to: &str) -> Entry {
        Entry::Transferred { by: Some(ANA), to: to.into() }
    }

    /// The recording begins at second 10 and has a minute.
    fn told(story: Vec<(i64, Entry)>) -> Vec<Turn> {
        let start: Timestamp = "2026-11-22T10:00:00Z".parse().unwrap();
        let at = |ms| start + SignedDuration::from_millis(ms);
        let timeline = story.into_iter().enumerate().map(|(id, (ms, entry))| TimelineEntry {
            case: CaseId(1),
            id: CaseEventId(id as i64),
            at: at(ms),
            actor: None,
            token: None,
            visibility: Visibility::Internal,
            entry,
            erased: false,
        });
        let recording = RecordingRow {
            id: RecordingId(1),
            interaction: CALL,
            case: None,
            path: "r.wav".into(),
            started_at: at(10_000),
            length_ms: Some(60_000),
        };
        let case = CaseRow {
            id: CaseId(1),
            number: CaseNumber::from_template("{ordinal}", "400", 73, 2026, "02"),
            channel: Channel::Call,
            status: Status::New,
            category: CategoryId(1),
            department: None,
            assignee: None,
            opened_by: None,
            person: None,
            person_name: String::new(),
            caller: None,
            summary: String::new(),
            place: String::new(),
            outcome: None,
            told: Told::No,
            due_at: None,
            merged_into: None,
            opened_at: start,
            updated_at: start,
            version: 1,
        };
        let case = CaseDetail {
            parts: Vec::new(),
            parts_unread: 0,
            case,
            person: None,
            timeline: timeline.collect(),
            recordings: vec![recording.clone()],
            texts: Vec::new(),
            others: Vec::new(),
            deadlines: Vec::new(),
            queues: Default::default(),
            files: Vec::new(),
            taken: Vec::new(),
        };
        turns(&case, &recording)
    }

    fn turn(at_ms: i64, user: UserId) -> Turn {
        Turn { at_ms, who: Who::User(user) }
    }

    #[test]
    fn operator_who_answered_spoke_from_the_beginning() {
        assert_eq!(told(vec![(0, arrived(CALL)), (9_900, answered(ANA))]), [turn(0, ANA)]);
        assert_eq!(told(vec![(0, arrived(CALL)), (10_200, answered(ANA))]), [turn(0, ANA)]);
    }

    #[test]
    fn colleague_to_whom_the_call_was_transferred_spoke_after_it() {
        let story = vec![
            (0, arrived(CALL)),
            (9_900, answered(ANA)),
            (40_000, transferred("12")),
            (40_100, answered(MARKO)),
        ];
        assert_eq!(told(story), [turn(0, ANA), turn(30_100, MARKO)]);
    }

    #[test]
    fn number_outside_to_which_it_was_transferred_is_named() {
        let story = vec![(0, arrived(CALL)), (9_900, answered(ANA)), (40_000, transferred("+381641234567"))];
        let outside = Turn { at_ms: 30_000, who: Who::Number("+381641234567".into()) };
        assert_eq!(told(story), [turn(0, ANA), outside]);
    }

    #[test]
    fn third_person_speaks_together_with_the_one_who_stays() {
        let story = vec![
            (0, arrived(CALL)),
            (9_900, answered(ANA)),
            (40_000, Entry::Joined { to: "12".into() }),
            (40_100, answered(MARKO)),
        ];
        let both = Turn { at_ms: 30_100, who: Who::Together(vec![ANA, MARKO]) };
        assert_eq!(told(story), [turn(0, ANA), both]);
    }

    #[test]
    fn call_that_came_back_from_a_queue_or_a_transfer_names_the_queue_as_nobody() {
        let story = vec![
            (0, arrived(CALL)),
            (9_900, answered(ANA)),
            (30_000, transferred("operators")),
            (45_000, Entry::Returned { to: ANA }),
        ];
        assert_eq!(told(story), [turn(0, ANA)]);
    }

    #[test]
    fn other_calls_of_the_case_have_other_speakers() {
        let story = vec![
            (0, arrived(InteractionId(3))),
            (1_000, answered(MARKO)),
            (9_000, arrived(CALL)),
            (9_900, answered(ANA)),
        ];
        assert_eq!(told(story), [turn(0, ANA)]);
        assert_eq!(told(vec![(0, arrived(InteractionId(3))), (1_000, answered(MARKO))]), []);
    }

    #[test]
    fn call_that_an_operator_made_is_theirs() {
        let call =
            Entry::CalledOut { interaction: CALL, by: Some(MARKO), to: "+38164".into(), length_ms: None };
        assert_eq!(told(vec![(70_000, call)]), [turn(0, MARKO)]);
    }
}
