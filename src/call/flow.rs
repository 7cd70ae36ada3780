//! An inbound call: journaled, rung, answered, walked through its plan, ended. Whatever the caller does and whenever, it ends in
//! exactly one [`Work::Finish`] once it was journaled, and in none before.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use jiff::civil::DateTime;

use super::recording::{Recording, Wanted};
use super::{Input, Output, Work};
use crate::dialplan::machine::{Action, DialEnd, Event, QueueEnd, Walk};
use crate::domain::call::EndedBy;
use crate::domain::id::{InteractionId, RecordingId};

/// The ACK opens the way for the first prompt, so that its first word is not cut off. A caller whose ACK is late hears us all
/// the same: their phone plays what arrives.
const ACK_PATIENCE: Duration = Duration::from_millis(500);

/// Committing takes milliseconds. A store that takes so long is as good as gone, and the caller is better refused than left in
/// silence; if the journal is written after all, the contact becomes a case like any other.
const JOURNAL_PATIENCE: Duration = Duration::from_secs(5);

/// A call that lasts longer is a phone off the hook or a loop between two machines.
const LONGEST_CALL: Duration = Duration::from_secs(2 * 60 * 60);

/// The media engine completes a file within milliseconds; after this it is taken for lost and found again by its row.
const RECORDING_PATIENCE: Duration = Duration::from_secs(5);

#[derive(Debug)]
pub struct Call {
    stage: Stage,
    walk: Walk,
    /// What the plan wants first; done when the caller hears us.
    opening: Vec<Action>,
    ring: Duration,
    /// `YYYY/MM/DD` of the arrival, local.
    folder: String,
    interaction: Option<InteractionId>,
    answered_at: Option<Timestamp>,
    recording: Recording,
    recordings: u32,
    play_tag: u32,
    /// The plan's own timer.
    plan_timer: Option<Instant>,
    longest: Instant,
}

/// What the call waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Stage {
    /// `left`: the call ended before it was written.
    Journaling {
        left: Option<EndedBy>,
        patience: Instant,
    },
    Ringing {
        until: Instant,
    },
    Answered {
        patience: Instant,
    },
    Talking,
    /// Hung up; the recording is being completed.
    Closing {
        by: EndedBy,
        patience: Instant,
    },
    Over,
}

/// What is known of a call when its INVITE is accepted.
#[derive(Debug)]
pub struct Setup {
    pub walk: Walk,
    pub opening: Vec<Action>,
    pub ring: Duration,
    /// When it arrived, local time.
    pub at: DateTime,
}

impl Call {
    /// The INVITE has its 100, and the shell writes the journal.
    pub fn new(setup: Setup, now: Instant) -> Self {
        let date = setup.at.date();
        Self {
            stage: Stage::Journaling { left: None, patience: now + JOURNAL_PATIENCE },
            walk: setup.walk,
            opening: setup.opening,
            ring: setup.ring,
            folder: format!("{:04}/{:02}/{:02}", date.year(), date.month(), date.day()),
            interaction: None,
            answered_at: None,
            recording: Recording::None,
            recordings: 0,
            play_tag: 0,
            plan_timer: None,
            longest: now + LONGEST_CALL,
        }
    }

    pub fn interaction(&self) -> Option<InteractionId> {
        self.interaction
    }

    pub fn is_over(&self) -> bool {
        self.stage == Stage::Over
    }

    pub fn handle(&mut self, input: Input, now: Instant, at: Timestamp, out: &mut Vec<Output>) {
        match input {
            Input::Journaled(interaction) => self.journaled(interaction, now, at, out),
            Input::NotJournaled => {
                if let Stage::Journaling { left, .. } = &self.stage {
                    if left.is_none() {
                        out.push(Output::Refuse);
                    }
                    self.over(out);
                }
            }
            Input::Acknowledged => {
                if matches!(self.stage, Stage::Answered { .. }) {
                    self.talk(now, out);
                }
            }
            Input::CallerLeft => self.end(EndedBy::Caller, now, out),
            Input::CallerLost => self.end(EndedBy::Silence, now, out),
            Input::Silent => self.hang_up(EndedBy::Silence, now, out),
            Input::Stopping => self.hang_up(EndedBy::Restart, now, out),
            Input::Played(tag) => {
                if self.stage == Stage::Talking && tag == self.play_tag {
                    self.tell_plan(Event::Played, now, out);
                }
            }
            Input::Digit(digit) => {
                if self.stage == Stage::Talking {
                    self.tell_plan(Event::Digit(digit), now, out);
                }
            }
            Input::RecordingRegistered(id) => self.recording_registered(id, out),
            Input::Recorded(length) => self.recorded(Some(length), now, out),
            Input::RecordingFailed => self.recorded(None, now, out),
        }
    }

    pub fn next_timeout(&self) -> Option<Instant> {
        let timer = match &self.stage {
            Stage::Ringing { until } => Some(*until),
            Stage::Answered { patience } => Some(*patience),
            Stage::Talking => self.plan_timer,
            Stage::Closing { patience, .. } => return Some(*patience),
            Stage::Journaling { left: None, patience } => return Some(*patience),
            // Nothing is left to do but to write the end once the journal is written, or to hear that it is not.
            Stage::Journaling { .. } | Stage::Over => return None,
        };
        Some(timer.map_or(self.longest, |timer| timer.min(self.longest)))
    }

    pub fn handle_timeout(&mut self, now: Instant, at: Timestamp, out: &mut Vec<Output>) {
        match &self.stage {
            Stage::Journaling { left: None, patience } if *patience <= now => {
                out.push(Output::Refuse);
                self.end(EndedBy::Failure, now, out);
            }
            Stage::Ringing { until } if *until <= now => self.answer(now, at, out),
            Stage::Answered { patience } if *patience <= now => self.talk(now, out),
            // The row of the recording stays open and is completed from the file at the next start.
            Stage::Closing { by, patience } if *patience <= now => self.finish(*by, out),
            Stage::Talking if self.plan_timer.is_some_and(|timer| timer <= now) => {
                self.plan_timer = None;
                self.tell_plan(Event::TimedOut, now, out);
            }
            _ => {}
        }
        if self.longest <= now {
            self.hang_up(EndedBy::Silence, now, out);
        }
    }

    fn journaled(&mut self, interaction: InteractionId, now: Instant, at: Timestamp, out: &mut Vec<Output>) {
        let Stage::Journaling { left, .. } = &self.stage else { return };
        self.interaction = Some(interaction);
        match *left {
            Some(by) => self.finish(by, out),
            None => {
                out.push(Output::Ring);
                if self.ring.is_zero() {
                    self.answer(now, at, out);
                } else {
                    self.stage = Stage::Ringing { until: now + self.ring };
                }
            }
        }
    }

    fn answer(&mut self, now: Instant, at: Timestamp, out: &mut Vec<Output>) {
        self.answered_at = Some(at);
        self.stage = Stage::Answered { patience: now + ACK_PATIENCE };
        out.push(Output::Answer);
    }

    fn talk(&mut self, now: Instant, out: &mut Vec<Output>) {
        self.stage = Stage::Talking;
        let opening = std::mem::take(&mut self.opening);
        self.obey(opening, now, out);
    }

    fn tell_plan(&mut self, event: Event, now: Instant, out: &mut Vec<Output>) {
        let actions = self.walk.handle(event);
        self.obey(actions, now, out);
    }

    fn obey(&mut self, actions: Vec<Action>, now: Instant, out: &mut Vec<Output>) {
        for action in actions {
            match action {
                Action::Play { prompts, language } => {
                    self.play_tag = self.play_tag.wrapping_add(1);
                    out.push(Output::Play { tag: self.play_tag, prompts, language });
                }
                Action::StopPlaying => {
                    self.play_tag = self.play_tag.wrapping_add(1);
                    out.push(Output::StopPlaying);
                }
                Action::StartTimer(after) => self.plan_timer = Some(now + after),
                Action::StopTimer => self.plan_timer = None,
                Action::Record { max, min, silence } => self.register_recording(max, min, silence, out),
                Action::OpenCase { category } => out.push(Output::Store(Work::OpenCase { category })),
                Action::SendText { template } => out.push(Output::Store(Work::SendText { template })),
                // Nobody is there to talk to yet.
                Action::Queue { .. } => self.tell_plan(Event::QueueEnded(QueueEnd::NoAgents), now, out),
                Action::Dial { .. } => self.tell_plan(Event::DialEnded(DialEnd::Failed), now, out),
                Action::Conference { .. } => self.tell_plan(Event::ConferenceEnded, now, out),
                Action::RequestCallback { .. } => self.tell_plan(Event::CallbackAccepted(false), now, out),
                Action::LookUpCase { .. } => self.tell_plan(Event::CaseFound(None), now, out),
                Action::LeaveQueue | Action::SurveyAnswer { .. } => {}
                Action::Hangup => self.hang_up(EndedBy::Plan, now, out),
            }
        }
    }

    fn register_recording(
        &mut self,
        max: Duration,
        min: Duration,
        silence: Option<Duration>,
        out: &mut Vec<Output>,
    ) {
        self.recordings += 1;
        let interaction = self.interaction.map_or(0, |id| id.0);
        let path = format!("recordings/{}/{interaction}-{}.wav", self.folder, self.recordings);
        out.push(Output::Store(Work::RegisterRecording { path: path.clone() }));
        self.recording = Recording::Registering(Wanted { path, max, min, silence });
    }

    fn recording_registered(&mut self, id: RecordingId, out: &mut Vec<Output>) {
        let Recording::Registering(wanted) = std::mem::take(&mut self.recording) else { return };
        match self.stage {
            Stage::Talking => {
                self.recording = Recording::Running { id, min: wanted.min };
                out.push(Output::Record { path: wanted.path, max: wanted.max, silence: wanted.silence });
            }
            // Hung up before the first sample.
            _ => {
                out.push(Output::Store(Work::FinishRecording { recording: id, length: None }));
                self.close_if_done(out);
            }
        }
    }

    /// The recording ended: by key, by its limit, by silence, by hang-up, or it failed.
    fn recorded(&mut self, length: Option<Duration>, now: Instant, out: &mut Vec<Output>) {
        match std::mem::take(&mut self.recording) {
            Recording::None => return,
            Recording::Registering(_) => {}
            Recording::Running { id, min } => {
                // A recording that failed in the middle keeps its open row: what is in the file is kept at the next start.
                if let Some(length) = length {
                    let kept = (length >= min && !length.is_zero()).then_some(length);
                    out.push(Output::Store(Work::FinishRecording { recording: id, length: kept }));
                }
            }
        }
        if self.stage == Stage::Talking {
            let event = length.map_or(Event::RecordingFailed, |length| Event::Recorded { length });
            self.tell_plan(event, now, out);
        } else {
            self.close_if_done(out);
        }
    }

    /// We end it.
    fn hang_up(&mut self, by: EndedBy, now: Instant, out: &mut Vec<Output>) {
        if !matches!(self.stage, Stage::Closing { .. } | Stage::Over)
            && !matches!(self.stage, Stage::Journaling { left: Some(_), .. })
        {
            out.push(Output::HangUp);
            self.end(by, now, out);
        }
    }

    /// The line is gone, whoever put it down.
    fn end(&mut self, by: EndedBy, now: Instant, out: &mut Vec<Output>) {
        match &self.stage {
            Stage::Journaling { left: None, patience } => {
                self.stage = Stage::Journaling { left: Some(by), patience: *patience };
            }
            Stage::Ringing { .. } | Stage::Answered { .. } | Stage::Talking => {
                self.plan_timer = None;
                if matches!(self.recording, Recording::Running { .. }) {
                    out.push(Output::StopRecording);
                }
                if self.answered_at.is_some() {
                    out.push(Output::CloseMedia);
                }
                self.stage = Stage::Closing { by, patience: now + RECORDING_PATIENCE };
                self.close_if_done(out);
            }
            Stage::Journaling { left: Some(_), .. } | Stage::Closing { .. } | Stage::Over => {}
        }
    }

    fn close_if_done(&mut self, out: &mut Vec<Output>) {
        if let Stage::Closing { by, .. } = self.stage
            && !self.recording.is_pending()
        {
            self.finish(by, out);
        }
    }

    fn finish(&mut self, by: EndedBy, out: &mut Vec<Output>) {
        let walk = if self.answered_at.is_some() { self.walk.path() } else { Vec::new() };
        out.push(Output::Store(Work::Finish { answered_at: self.answered_at, by, walk }));
        self.over(out);
    }

    fn over(&mut self, out: &mut Vec<Output>) {
        self.stage = Stage::Over;
        out.push(Output::Over);
    }
}
