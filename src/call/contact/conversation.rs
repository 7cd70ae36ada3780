//! The part of a contact in which people talk: waiting in a queue, being put through, the recording of both sides.

use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::Output;
use super::flow::{Contact, Stage};
use super::recording::{Recording, Wanted, What};
use crate::dialplan::machine::{DialEnd, Event, QueueEnd};
use crate::domain::id::UserId;
use crate::domain::timeline::Entry;

/// Where the contact stands with others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Conversation {
    None,
    /// Nobody has answered yet.
    Queued {
        queue: String,
        since: Timestamp,
        record: bool,
    },
    Dialled {
        since: Timestamp,
        record: bool,
        talked: bool,
    },
    /// Out of a queue.
    Served {
        record: bool,
    },
    Conference {
        record: bool,
    },
}

impl Conversation {
    pub(super) fn is_talking(&self) -> bool {
        matches!(self, Self::Served { .. } | Self::Dialled { talked: true, .. } | Self::Conference { .. })
    }

    fn is_recorded(&self) -> bool {
        matches!(
            self,
            Self::Served { record: true }
                | Self::Dialled { record: true, talked: true, .. }
                | Self::Conference { record: true }
        )
    }
}

impl Contact {
    /// Who waits in a queue, and for which one.
    pub fn queue(&self) -> Option<&str> {
        match &self.conversation {
            Conversation::Queued { queue, .. } => Some(queue),
            _ => None,
        }
    }

    pub fn is_talking(&self) -> bool {
        self.conversation.is_talking()
    }

    /// `Some(true)`: it runs but is paused.
    pub fn recording_paused(&self) -> Option<bool> {
        match &self.recording {
            Recording::Running { what: What::Conversation { paused }, .. } => Some(*paused),
            Recording::Running { .. } => Some(false),
            _ => None,
        }
    }

    /// Somebody talks with the caller, for the first time or after a transfer.
    pub(super) fn connected(
        &mut self,
        by: Option<UserId>,
        now: Instant,
        at: Timestamp,
        out: &mut Vec<Output>,
    ) {
        if self.is_ending() {
            return;
        }
        let since = match &self.conversation {
            Conversation::Queued { since, .. } => Some(*since),
            Conversation::Dialled { since, talked: false, .. } => Some(*since),
            _ => None,
        };
        match std::mem::replace(&mut self.conversation, Conversation::None) {
            Conversation::Queued { record, .. } => self.conversation = Conversation::Served { record },
            Conversation::Dialled { since, record, .. } => {
                self.conversation = Conversation::Dialled { since, record, talked: true };
            }
            other => self.conversation = other,
        }
        self.dial_joined(by, out);
        if let Some(user) = by {
            let wait_ms = since.map_or(0, |since| milliseconds(since, at));
            self.note(Entry::AnsweredBy { user, wait_ms }, at, out);
            self.open_answered(out);
        }
        if self.stage == Stage::Calling {
            self.answer(now, at, out);
        }
        if since.is_some() {
            self.tell_plan_while_talking(Event::Connected, now, at, out);
        }
        self.record_conversation(out);
    }

    pub(super) fn queue_ended(&mut self, end: QueueEnd, now: Instant, at: Timestamp, out: &mut Vec<Output>) {
        if self.is_ending() {
            return;
        }
        let why = match end {
            QueueEnd::Timeout => "timeout",
            QueueEnd::NoAgents => "no_agents",
            QueueEnd::Overflow => "overflow",
            QueueEnd::Finished => "finished",
        };
        self.left_queue(why, at, out);
        self.dial_left_queue(end, out);
        self.conversation_ended(Event::QueueEnded(end), now, at, out);
    }

    pub(super) fn dial_ended(&mut self, end: DialEnd, now: Instant, at: Timestamp, out: &mut Vec<Output>) {
        match self.stage {
            // An operator dialled and nobody was reached.
            Stage::Calling => self.reject(end, now, at, out),
            _ if self.is_ending() => {}
            _ => self.conversation_ended(Event::DialEnded(end), now, at, out),
        }
    }

    /// The other side is gone. The plan goes on when the recording is complete.
    pub(super) fn conversation_ended(
        &mut self,
        event: Event,
        now: Instant,
        at: Timestamp,
        out: &mut Vec<Output>,
    ) {
        if self.is_ending() {
            return;
        }
        self.conversation = Conversation::None;
        match &mut self.recording {
            Recording::Running { what: What::Conversation { .. }, then, .. } => {
                if then.replace(event).is_none() {
                    out.push(Output::StopRecording);
                }
            }
            _ => self.go_on_after_talk(event, now, at, out),
        }
    }

    /// A call that no plan leads is over when the other side is gone.
    pub(super) fn go_on_after_talk(
        &mut self,
        event: Event,
        now: Instant,
        at: Timestamp,
        out: &mut Vec<Output>,
    ) {
        match self.walk() {
            Some(_) if self.stage == Stage::Talking => self.tell_plan(event, now, at, out),
            Some(_) => {}
            None => self.hang_up(crate::domain::call::EndedBy::OtherSide, now, at, out),
        }
    }

    /// Starts the recording of a conversation that is to be recorded, once.
    pub(super) fn record_conversation(&mut self, out: &mut Vec<Output>) {
        if self.conversation.is_recorded() && self.is_up() && !self.recording.is_pending() {
            self.register_recording(What::Conversation { paused: false }, out);
        }
    }

    pub(super) fn pause_recording(&mut self, by: UserId, wanted: bool, at: Timestamp, out: &mut Vec<Output>) {
        let paused = match &mut self.recording {
            Recording::Running { what: What::Conversation { paused }, .. } => {
                out.push(Output::PauseRecording(wanted));
                paused
            }
            Recording::Registering(Wanted { what: What::Conversation { paused }, .. }) => paused,
            _ => return,
        };
        if std::mem::replace(paused, wanted) != wanted {
            self.note(Entry::RecordingPaused { by, paused: wanted }, at, out);
        }
    }

    /// Writes how long somebody waited who waits no longer.
    pub(super) fn left_queue(&mut self, why: &str, at: Timestamp, out: &mut Vec<Output>) {
        if let Conversation::Queued { queue, since, .. } = &self.conversation {
            let (queue, wait_ms) = (queue.clone(), milliseconds(*since, at));
            self.conversation = Conversation::None;
            self.note(Entry::LeftQueue { queue, wait_ms, why: why.into() }, at, out);
        }
    }
}

fn milliseconds(from: Timestamp, to: Timestamp) -> i64 {
    let passed = Duration::try_from(to.duration_since(from)).unwrap_or_default();
    i64::try_from(passed.as_millis()).unwrap_or(i64::MAX)
}
