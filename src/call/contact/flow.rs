//! The road of a contact: journaled, rung, answered, walked through its plan, ended. Whatever the caller does and whenever, it ends
//! in exactly one [`Work::Finish`] once it was journaled, and in none before.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use jiff::civil::DateTime;

use super::conversation::Conversation;
use super::dialled::{Asked, Dialled};
use super::keyed::Keyed;
use super::recording::{Recording, Wanted, What};
use super::{Dial, Enqueue, Input, Output, Work};
use crate::dialplan::machine::{Action, DialEnd, DialTarget, Event, Walk};
use crate::domain::announcement::Told;
use crate::domain::call::EndedBy;
use crate::domain::dialer::greeting::Verdict;
use crate::domain::id::{InteractionId, RecordingId};
use crate::domain::timeline::Entry;

/// The ACK opens the way for the first prompt, so that its first word is not cut off. A caller whose ACK is late hears us all
/// the same: their phone plays what arrives.
const ACK_PATIENCE: Duration = Duration::from_millis(500);

/// Committing takes milliseconds. A store that takes so long is as good as gone, and the caller is better refused than left in
/// silence; if the journal is written after all, the contact becomes a case like any other.
const JOURNAL_PATIENCE: Duration = Duration::from_secs(5);

/// A call that lasts longer is a phone off the hook or a loop between two machines.
const LONGEST_CALL: Duration = Duration::from_secs(4 * 60 * 60);

/// Somebody who hears a message read again and again has put the telephone down beside them.
const LONGEST_ANNOUNCEMENT: Duration = Duration::from_secs(30 * 60);

/// A number dialled by an operator is rung for so long.
const DIRECT_PATIENCE: Duration = Duration::from_secs(60);

/// Entries of a story that wait for their case. A caller who goes round in a plan makes a few a minute.
const MAX_STORY: usize = 200;

/// The media engine completes a file within milliseconds; after this it is taken for lost and found again by its row.
const RECORDING_PATIENCE: Duration = Duration::from_secs(5);

#[derive(Debug)]
pub struct Contact {
    pub(super) stage: Stage,
    pub(super) script: Script,
    ring: Duration,
    /// `YYYY/MM/DD` of the arrival, local.
    folder: String,
    interaction: Option<InteractionId>,
    pub(super) answered_at: Option<Timestamp>,
    pub(super) recording: Recording,
    recordings: u32,
    pub(super) conversation: Conversation,
    /// What waits for a case on whose timeline it can stand.
    story: Vec<(Timestamp, Entry)>,
    has_case: bool,
    /// What became of the message that is read; written once.
    pub(super) told: Option<Told>,
    /// It was called by a dialling campaign.
    pub(super) dialled: Option<Dialled>,
    pub(super) play_tag: u32,
    /// The plan's own timer.
    pub(super) plan_timer: Option<Instant>,
    longest: Instant,
}

/// What leads a contact.
#[derive(Debug)]
pub enum Script {
    /// The caller is answered and led by a plan; `opening` is what it wants first.
    Plan { walk: Box<Walk>, opening: Vec<Action> },
    /// Somebody is rung at once, and the caller is answered when they answer.
    Direct { target: DialTarget, record: bool, patience: Option<Duration> },
    /// A number is rung, and whoever answers is led by a plan: that of a message that is read to them, or of a dialling campaign.
    Announcement { number: String, patience: Duration, walk: Box<Walk>, opening: Vec<Action> },
    /// A number is rung, and whoever answers is asked the questions of a survey, by keys.
    Survey { number: String, patience: Duration, keyed: Box<Keyed> },
}

/// What the contact waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// `left`: the call ended before it was written.
    Journaling {
        left: Option<EndedBy>,
        patience: Instant,
    },
    Ringing {
        until: Instant,
    },
    /// Not answered; whoever is wanted is being rung.
    Calling,
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
    pub script: Script,
    pub ring: Duration,
    /// When it arrived, local time.
    pub at: DateTime,
    /// Of a dialling campaign: by whom whoever answers is asked.
    pub asked: Option<Asked>,
}

impl Contact {
    /// The INVITE has its 100, and the shell writes the journal.
    pub fn new(setup: Setup, now: Instant) -> Self {
        let date = setup.at.date();
        let longest = match setup.script {
            Script::Announcement { .. } if setup.asked.is_none() => LONGEST_ANNOUNCEMENT,
            Script::Survey { .. } => LONGEST_ANNOUNCEMENT,
            _ => LONGEST_CALL,
        };
        Self {
            stage: Stage::Journaling { left: None, patience: now + JOURNAL_PATIENCE },
            script: setup.script,
            ring: setup.ring,
            folder: format!("{:04}/{:02}/{:02}", date.year(), date.month(), date.day()),
            interaction: None,
            answered_at: None,
            recording: Recording::None,
            recordings: 0,
            conversation: Conversation::None,
            story: Vec::new(),
            has_case: false,
            told: None,
            dialled: setup.asked.map(Dialled::new),
            play_tag: 0,
            plan_timer: None,
            longest: now + longest,
        }
    }

    pub fn interaction(&self) -> Option<InteractionId> {
        self.interaction
    }

    pub fn is_over(&self) -> bool {
        self.stage == Stage::Over
    }

    /// Hung up, or never answered and given up: nobody may be connected to this caller any more.
    pub fn is_ending(&self) -> bool {
        matches!(self.stage, Stage::Closing { .. } | Stage::Over | Stage::Journaling { left: Some(_), .. })
    }

    pub fn walk(&self) -> Option<&Walk> {
        match &self.script {
            Script::Plan { walk, .. } | Script::Announcement { walk, .. } => Some(walk),
            Script::Direct { .. } | Script::Survey { .. } => None,
        }
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
                    self.talk(now, at, out);
                }
            }
            Input::CallerLeft => self.end(self.by_the_anchor(), now, at, out),
            Input::CallerLost => self.end(EndedBy::Silence, now, at, out),
            Input::Greeted(by) => self.greeted(by, now, at, out),
            Input::Silent => self.hang_up(EndedBy::Silence, now, at, out),
            Input::EndedByStaff => self.hang_up(EndedBy::Staff, now, at, out),
            Input::Joined => self.end(EndedBy::Joined, now, at, out),
            Input::Stopping => self.hang_up(EndedBy::Restart, now, at, out),
            Input::Played(tag) => {
                if self.stage == Stage::Talking && tag == self.play_tag {
                    self.tell_plan(Event::Played, now, at, out);
                }
            }
            Input::Digit(digit) => {
                if self.stage == Stage::Talking {
                    self.tell_plan(Event::Digit(digit), now, at, out);
                }
            }
            Input::RecordingRegistered(id) => self.recording_registered(id, out),
            Input::Recorded(length) => self.recorded(Some(length), now, at, out),
            Input::RecordingFailed => self.recorded(None, now, at, out),
            Input::Ringing => {
                if self.stage == Stage::Calling {
                    self.dial_rings(out);
                    out.push(Output::Ring);
                }
            }
            Input::Connected { by } => self.connected(by, now, at, out),
            Input::Reached => self.reached(now, at, out),
            Input::NotReached(refusal) => self.not_reached(refusal, now, at, out),
            Input::QueueEnded(end) => self.queue_ended(end, now, at, out),
            Input::DialEnded(end) => self.dial_ended(end, now, at, out),
            Input::ConferenceEnded => self.conversation_ended(Event::ConferenceEnded, now, at, out),
            Input::CaseFound(found) => self.tell_plan_while_talking(Event::CaseFound(found), now, at, out),
            Input::AnswersStored(stored) => self.answers_stored(stored, now, at, out),
            Input::CallbackAccepted(accepted) => {
                self.tell_plan_while_talking(Event::CallbackAccepted(accepted), now, at, out)
            }
            Input::Noted(entry) => self.note(entry, at, out),
            Input::PauseRecording { by, paused } => self.pause_recording(by, paused, at, out),
        }
    }

    pub fn next_timeout(&self) -> Option<Instant> {
        let timer = match &self.stage {
            Stage::Ringing { until } => Some(*until),
            Stage::Answered { patience } => Some(*patience),
            Stage::Talking => self.plan_timer,
            Stage::Calling => None,
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
                self.end(EndedBy::Failure, now, at, out);
            }
            Stage::Ringing { until } if *until <= now => self.answer(now, at, out),
            Stage::Answered { patience } if *patience <= now => match self.hears_greeting() {
                true => self.greeted(Verdict::Person, now, at, out),
                false => self.talk(now, at, out),
            },
            // The row of the recording stays open and is completed from the file at the next start.
            Stage::Closing { by, patience } if *patience <= now => self.finish(*by, out),
            Stage::Talking if self.plan_timer.is_some_and(|timer| timer <= now) => {
                self.plan_timer = None;
                self.tell_plan(Event::TimedOut, now, at, out);
            }
            _ => {}
        }
        if self.longest <= now {
            self.hang_up(EndedBy::Silence, now, at, out);
        }
    }

    fn journaled(&mut self, interaction: InteractionId, now: Instant, at: Timestamp, out: &mut Vec<Output>) {
        let Stage::Journaling { left, .. } = &self.stage else { return };
        self.interaction = Some(interaction);
        if let Some(by) = *left {
            self.dial_over(by, at, out);
            return self.finish(by, out);
        }
        match &self.script {
            Script::Plan { .. } => {
                out.push(Output::Ring);
                if self.ring.is_zero() {
                    self.answer(now, at, out);
                } else {
                    self.stage = Stage::Ringing { until: now + self.ring };
                }
            }
            Script::Direct { target, record, patience } => {
                self.stage = Stage::Calling;
                self.conversation = Conversation::Dialled { since: at, record: *record, talked: false };
                out.push(Output::Dial(Dial {
                    target: target.clone(),
                    timeout: patience.unwrap_or(DIRECT_PATIENCE),
                    music: None,
                    language: String::new(),
                }));
            }
            Script::Announcement { number, patience, .. } | Script::Survey { number, patience, .. } => {
                self.stage = Stage::Calling;
                let language = match &self.script {
                    Script::Survey { keyed, .. } => keyed.language().to_owned(),
                    _ => self.walk().map(|walk| walk.language().to_owned()).unwrap_or_default(),
                };
                let target = DialTarget::Number(number.clone());
                out.push(Output::Dial(Dial { target, timeout: *patience, music: None, language }));
            }
        }
    }

    pub(super) fn answer(&mut self, now: Instant, at: Timestamp, out: &mut Vec<Output>) {
        self.answered_at = Some(at);
        self.stage = Stage::Answered { patience: now + ACK_PATIENCE };
        out.push(Output::Answer);
    }

    pub(super) fn talk(&mut self, now: Instant, at: Timestamp, out: &mut Vec<Output>) {
        self.stage = Stage::Talking;
        if let Script::Plan { opening, .. } | Script::Announcement { opening, .. } = &mut self.script {
            let opening = std::mem::take(opening);
            self.obey(opening, now, at, out);
        }
        self.open_survey(now, at, out);
        self.record_conversation(out);
    }

    pub(super) fn tell_plan_while_talking(
        &mut self,
        event: Event,
        now: Instant,
        at: Timestamp,
        out: &mut Vec<Output>,
    ) {
        if self.stage == Stage::Talking {
            self.tell_plan(event, now, at, out);
        }
    }

    pub(super) fn tell_plan(&mut self, event: Event, now: Instant, at: Timestamp, out: &mut Vec<Output>) {
        let walk = match &mut self.script {
            Script::Plan { walk, .. } | Script::Announcement { walk, .. } => walk,
            Script::Survey { .. } => return self.survey_event(&event, now, at, out),
            Script::Direct { .. } => return,
        };
        let actions = walk.handle(event);
        // Before the goodbye: who hangs up now, or a process that dies now, takes nothing of it away.
        self.keep_key(out);
        self.obey(actions, now, at, out);
    }

    fn obey(&mut self, actions: Vec<Action>, now: Instant, at: Timestamp, out: &mut Vec<Output>) {
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
                Action::Record { max, min, silence } => {
                    self.register_recording(What::Message { max, min, silence }, out);
                }
                Action::OpenCase { category } => {
                    self.store(Work::OpenCase { category }, out);
                    self.has_case = true;
                    self.tell_story(out);
                }
                Action::SendText { template } => {
                    self.store(Work::SendText { template }, out);
                    self.has_case = true;
                    self.tell_story(out);
                }
                Action::LookUpCase { digits, pin } => self.store(Work::LookUpCase { digits, pin }, out),
                Action::SurveyAnswer { survey, question, answer } => {
                    let answer = answer.to_string();
                    self.store(Work::SurveyAnswer { survey, question, answer }, out);
                }
                Action::Hangup => self.hang_up(EndedBy::Plan, now, at, out),
                action => self.meet(action, at, out),
            }
        }
    }

    /// The actions that bring others into the call.
    fn meet(&mut self, action: Action, at: Timestamp, out: &mut Vec<Output>) {
        match action {
            Action::Queue {
                queue,
                max_wait,
                priority,
                service,
                language,
                music,
                announce,
                record,
                keys: _,
            } => {
                self.conversation = Conversation::Queued { queue: queue.clone(), since: at, record };
                self.note(Entry::Queued { queue: queue.clone() }, at, out);
                let max_wait = Some(max_wait);
                let enqueue = Enqueue { queue, max_wait, priority, service, language, music, announce };
                out.push(Output::Enqueue(enqueue));
            }
            Action::LeaveQueue => {
                self.left_queue("key", at, out);
                out.push(Output::LeaveQueue);
            }
            Action::RequestCallback { queue, number, language: _ } => {
                self.left_queue("callback", at, out);
                out.push(Output::RequestCallback { queue, number });
            }
            Action::Dial { target, timeout, music, record } => {
                self.conversation = Conversation::Dialled { since: at, record, talked: false };
                let language = self.walk().map(|walk| walk.language().to_owned()).unwrap_or_default();
                out.push(Output::Dial(Dial { target, timeout, music, language }));
            }
            Action::Conference { room, record } => {
                self.conversation = Conversation::Conference { record };
                out.push(Output::JoinConference { room });
                self.record_conversation(out);
            }
            _ => {}
        }
    }

    pub(super) fn store(&mut self, work: Work, out: &mut Vec<Output>) {
        out.push(Output::Store(work));
    }

    /// On the timeline, now or as soon as there is a case.
    pub(super) fn note(&mut self, entry: Entry, at: Timestamp, out: &mut Vec<Output>) {
        if self.has_case && self.stage != Stage::Over {
            out.push(Output::Store(Work::Note { at, entry }));
        } else if self.story.len() < MAX_STORY {
            self.story.push((at, entry));
        }
    }

    /// There is a case: what waited for it is written.
    pub(super) fn tell_story(&mut self, out: &mut Vec<Output>) {
        for (at, entry) in std::mem::take(&mut self.story) {
            out.push(Output::Store(Work::Note { at, entry }));
        }
    }

    pub(super) fn open_answered(&mut self, out: &mut Vec<Output>) {
        self.has_case = true;
        let story = std::mem::take(&mut self.story);
        out.push(Output::Store(Work::Answered { story }));
    }

    pub(super) fn register_recording(&mut self, what: What, out: &mut Vec<Output>) {
        self.recordings += 1;
        let interaction = self.interaction.map_or(0, |id| id.0);
        let path = format!("recordings/{}/{interaction}-{}.wav", self.folder, self.recordings);
        out.push(Output::Store(Work::RegisterRecording { path: path.clone() }));
        self.recording = Recording::Registering(Wanted { path, what });
    }

    fn recording_registered(&mut self, id: RecordingId, out: &mut Vec<Output>) {
        let Recording::Registering(Wanted { path, what }) = std::mem::take(&mut self.recording) else {
            return;
        };
        let wanted = match what {
            What::Message { .. } => self.stage == Stage::Talking,
            What::Conversation { .. } => self.is_up() && self.conversation.is_talking(),
        };
        if !wanted {
            // Over before the first sample.
            out.push(Output::Store(Work::FinishRecording { recording: id, length: None }));
            return self.close_if_done(out);
        }
        match &what {
            What::Message { max, silence, .. } => {
                out.push(Output::Record { path, max: *max, silence: *silence });
            }
            What::Conversation { paused } => {
                out.push(Output::RecordConversation { path });
                if *paused {
                    out.push(Output::PauseRecording(true));
                }
            }
        }
        self.recording = Recording::Running { id, what, then: None };
    }

    /// The recording ended: by key, by its limit, by silence, by hang-up, or it failed.
    fn recorded(&mut self, length: Option<Duration>, now: Instant, at: Timestamp, out: &mut Vec<Output>) {
        let (message, then) = match std::mem::take(&mut self.recording) {
            Recording::None => return,
            Recording::Registering(wanted) => (matches!(wanted.what, What::Message { .. }), None),
            Recording::Running { id, what, then } => {
                // A recording that failed in the middle keeps its open row: what is in the file is kept at the next start.
                if let Some(length) = length {
                    let kept = (length >= what.least() && !length.is_zero()).then_some(length);
                    out.push(Output::Store(Work::FinishRecording { recording: id, length: kept }));
                }
                (matches!(what, What::Message { .. }), then)
            }
        };
        if self.stage != Stage::Talking {
            return self.close_if_done(out);
        }
        if message {
            let event = length.map_or(Event::RecordingFailed, |length| Event::Recorded { length });
            self.tell_plan(event, now, at, out);
        } else if let Some(event) = then {
            self.go_on_after_talk(event, now, at, out);
        }
    }

    /// The caller has our 200.
    pub(super) fn is_up(&self) -> bool {
        matches!(self.stage, Stage::Answered { .. } | Stage::Talking)
    }

    /// We end it.
    pub(super) fn hang_up(&mut self, by: EndedBy, now: Instant, at: Timestamp, out: &mut Vec<Output>) {
        if !self.is_ending() {
            out.push(Output::HangUp);
            self.end(by, now, at, out);
        }
    }

    /// Nobody was reached for a caller who was never answered.
    pub(super) fn reject(&mut self, why: DialEnd, now: Instant, at: Timestamp, out: &mut Vec<Output>) {
        out.push(Output::Reject(why));
        self.end(EndedBy::NotReached, now, at, out);
    }

    /// The line is gone, whoever put it down.
    pub(super) fn end(&mut self, by: EndedBy, now: Instant, at: Timestamp, out: &mut Vec<Output>) {
        match &self.stage {
            Stage::Journaling { left: None, patience } => {
                self.stage = Stage::Journaling { left: Some(by), patience: *patience };
            }
            Stage::Ringing { .. } | Stage::Calling | Stage::Answered { .. } | Stage::Talking => {
                self.plan_timer = None;
                self.left_queue("hung_up", at, out);
                self.conversation = Conversation::None;
                self.survey_over(by, out);
                self.dial_over(by, at, out);
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
        let walk = match &self.script {
            Script::Plan { walk, .. } | Script::Announcement { walk, .. } if self.answered_at.is_some() => {
                walk.path()
            }
            _ => Vec::new(),
        };
        self.keep_end(by, out);
        let story = std::mem::take(&mut self.story);
        out.push(Output::Store(Work::Finish { answered_at: self.answered_at, by, walk, story }));
        self.over(out);
    }

    fn over(&mut self, out: &mut Vec<Output>) {
        self.stage = Stage::Over;
        out.push(Output::Over);
    }
}
