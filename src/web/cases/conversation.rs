//! Entries about calls: waiting, transfers, what was recorded, and how long it took.

use std::time::Duration;

use super::speakers::{Who, turns};
use super::timeline::{Body, RecordingView, TurnView};
use super::view::{Viewer, for_people};
use crate::domain::timeline::Entry;
use crate::store::case::CaseDetail;
use crate::store::recording::RecordingRow;

impl Viewer<'_> {
    /// What happened among people in a call.
    pub(super) fn conversation(&self, case: &CaseDetail, entry: &Entry) -> (&'static str, String, Body) {
        let t = self.locale;
        let by = |user: &Option<_>| user.map_or_else(|| t.say("nobody"), |user| self.user(user));
        let wait = |ms: i64| Body::Detail(t.with("entry-waited", "length", t.length(millis(ms))));
        match entry {
            Entry::Queued { queue } => {
                ("queued", t.with("entry-queued", "queue", self.queue(case, queue)), Body::None)
            }
            Entry::LeftQueue { wait_ms, why, .. } => {
                ("left_queue", t.word("left-queue", why), wait(*wait_ms))
            }
            Entry::AnsweredBy { user, wait_ms } => {
                ("answered", t.with("entry-answered-by", "who", self.user(*user)), wait(*wait_ms))
            }
            Entry::Transferred { by: user, to } => (
                "transferred",
                t.with("entry-transferred", "to", self.whom(case, to)),
                Body::Detail(t.with("entry-done-by", "who", by(user))),
            ),
            Entry::TransferFailed { by: user, to } => (
                "transferred",
                t.with("entry-transfer-failed", "to", self.whom(case, to)),
                Body::Detail(t.with("entry-done-by", "who", by(user))),
            ),
            Entry::Returned { to } => {
                ("transferred", t.with("entry-returned", "who", self.user(*to)), Body::None)
            }
            Entry::Joined { to } => ("joined", t.with("entry-joined", "who", for_people(to)), Body::None),
            Entry::Supervised { by, mode } => (
                "supervised",
                t.word("supervised", mode),
                Body::Detail(t.with("entry-done-by", "who", self.user(*by))),
            ),
            Entry::RecordingPaused { by, paused } => (
                "recording",
                if *paused { t.say("entry-recording-paused") } else { t.say("entry-recording-resumed") },
                Body::Detail(t.with("entry-done-by", "who", self.user(*by))),
            ),
            Entry::EndedByStaff { by } => (
                "call_ended",
                t.say("entry-ended-by-staff"),
                Body::Detail(t.with("entry-done-by", "who", self.user(*by))),
            ),
            Entry::EndedBySpendCap => {
                let why = Body::Detail(t.say("entry-ended-by-spend-cap-why"));
                ("call_ended", t.say("entry-ended-by-spend-cap"), why)
            }
            Entry::CallbackPromised { .. } => ("callback", t.say("entry-callback-promised"), Body::None),
            Entry::CallbackKept { by: user } => (
                "callback",
                t.say("entry-callback-kept"),
                Body::Detail(t.with("entry-done-by", "who", by(user))),
            ),
            Entry::CallbackGivenUp { tries } => (
                "callback",
                t.say("entry-callback-given-up"),
                Body::Detail(t.with("entry-callback-tries", "tries", tries.to_string())),
            ),
            Entry::CalledOut { by: user, to, length_ms, .. } => {
                let title = t.with("entry-called-out", "to", for_people(to));
                let length = match length_ms {
                    Some(ms) => t.with("entry-length", "length", t.length(millis(*ms))),
                    None => t.say("entry-not-answered"),
                };
                ("call_out", title, Body::Detail(format!("{} · {length}", by(user))))
            }
            Entry::StateTold { .. } => ("call", t.say("entry-state-told"), Body::None),
            Entry::Erased { reason } => ("lock", t.say("entry-erased"), Body::Words(reason.clone())),
            Entry::Surveyed { survey, answers } => {
                let answers = answers.iter().map(|one| format!("{}: {}", one.question, one.answer));
                let answers = answers.collect::<Vec<_>>().join(", ");
                ("note", t.with("entry-surveyed", "survey", survey.clone()), Body::Detail(answers))
            }
            _ => ("note", entry.kind().to_owned(), Body::None),
        }
    }

    /// A queue as people call it; one that is no more, by its key.
    pub(super) fn queue(&self, case: &CaseDetail, key: &str) -> String {
        case.queues.get(key).map_or_else(|| key.to_owned(), |name| self.script(name))
    }

    /// A queue, an extension or a number.
    pub(super) fn whom(&self, case: &CaseDetail, to: &str) -> String {
        if case.queues.contains_key(to) { self.queue(case, to) } else { for_people(to) }
    }

    pub(super) fn call_length(&self, length_ms: Option<i64>) -> Body {
        length_ms.map_or(Body::None, |ms| {
            Body::Detail(self.locale.with("entry-length", "length", self.locale.length(millis(ms))))
        })
    }

    pub(super) fn recording(
        &self,
        case: &CaseDetail,
        recording: &RecordingRow,
        length_ms: i64,
    ) -> RecordingView {
        let length = millis(length_ms);
        let turns = turns(case, recording).into_iter().map(|turn| TurnView {
            seconds: millis(turn.at_ms).as_secs_f64(),
            from: self.locale.length(millis(turn.at_ms)),
            who: match turn.who {
                Who::User(user) => self.user(user),
                Who::Number(number) => for_people(&number),
                Who::Together(users) => {
                    users.into_iter().map(|user| self.user(user)).collect::<Vec<_>>().join(", ")
                }
            },
        });
        let (id, seconds) = (recording.id.0, length.as_secs_f64());
        RecordingView { id, length: self.locale.length(length), seconds, turns: turns.collect() }
    }
}

fn millis(ms: i64) -> Duration {
    Duration::from_millis(u64::try_from(ms).unwrap_or(0))
}
