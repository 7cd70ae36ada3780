//! A call without a telephone: the production interpreter, a virtual clock and a caller who follows a script.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jiff::civil::DateTime;

use super::catalogue::Catalogue;
use super::machine::{Action, DialEnd, DialTarget, Event, QueueEnd, Waits, Walk};
use super::phrase::{Phrase, Value};
use super::plan::{Kind, Plan};
use super::script::{Move, Script};
use crate::domain::calendar::State as Hours;
use crate::domain::case::Status;
use crate::domain::case_state::CaseState;

/// How long a pretended caller speaks, unless the plan wants it shorter or longer.
const SPEECH: Duration = Duration::from_secs(10);

/// How long a pretended conversation lasts.
const TALK: Duration = Duration::from_secs(60);

/// The number of the pretended caller.
const CALLER: &str = "+381601234567";

/// More than the longest walk can need; a walk ends by itself well before.
const MAX_EVENTS: usize = 20_000;

/// What happened, line by line. Its `Display` is what `odziv dialplan simulate` prints.
#[derive(Clone, Debug)]
pub struct Simulation {
    pub lines: Vec<Line>,
    pub path: Vec<String>,
    pub end: End,
    pub left: Left,
    /// Moves that the plan never asked for.
    pub unused: Vec<Move>,
}

/// What is there when the call is over.
#[derive(Clone, Debug, Default)]
pub struct Left {
    /// The category in which the call's case is.
    pub category: Option<String>,
    pub recorded: Option<Duration>,
    pub talked: bool,
    pub callback: bool,
    /// The state of a case was told.
    pub asked: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub at: DateTime,
    /// Empty where the node is that of the line before.
    pub node: String,
    /// Nothing yet where a node was only entered.
    pub what: Option<Phrase>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    Plan,
    Caller,
}

/// Who would answer.
#[derive(Clone, Copy, Debug)]
pub struct Staff {
    /// Nobody: queues have no agents, and telephones are not answered.
    pub operators: u32,
    /// How long a caller waits for one.
    pub queue_wait: Duration,
}

impl Default for Staff {
    fn default() -> Self {
        Self { operators: 0, queue_wait: Duration::from_secs(20) }
    }
}

/// Walks through a plan with nobody at work but those whom the script lets answer. `None`: the number does not lead into it.
pub fn simulate(
    plan: &Arc<Plan>,
    number: &str,
    at: DateTime,
    script: &Script,
    catalogue: &Catalogue,
) -> Option<Simulation> {
    simulate_with(plan, number, at, script, Staff::default(), catalogue)
}

pub fn simulate_with(
    plan: &Arc<Plan>,
    number: &str,
    at: DateTime,
    script: &Script,
    staff: Staff,
    catalogue: &Catalogue,
) -> Option<Simulation> {
    let (walk, actions) = Walk::start_for(Arc::clone(plan), number, Some(CALLER), at)?;
    let mut caller = Caller {
        walk,
        catalogue,
        staff,
        began: at,
        now: at,
        moves: script.0.clone().into(),
        lines: Vec::new(),
        named: 0,
        prompt: Duration::ZERO,
        timer: Duration::ZERO,
        left: Left::default(),
    };
    caller.take(actions);
    let mut end = End::Caller;
    for _ in 0..MAX_EVENTS {
        let waits = caller.walk.waits();
        if waits == Waits::Nothing {
            end = End::Plan;
            break;
        }
        let Some(event) = caller.next(waits) else { break };
        let actions = caller.walk.handle(event);
        caller.take(actions);
    }
    Some(Simulation {
        path: caller.walk.path(),
        end,
        left: caller.left,
        unused: caller.moves.into(),
        lines: caller.lines,
    })
}

struct Caller<'c> {
    walk: Walk,
    catalogue: &'c Catalogue,
    staff: Staff,
    began: DateTime,
    now: DateTime,
    moves: std::collections::VecDeque<Move>,
    lines: Vec<Line>,
    /// Nodes of the path that have their line.
    named: usize,
    /// Length of what is heard now, and of the plan's timer.
    prompt: Duration,
    timer: Duration,
    left: Left,
}

impl Caller<'_> {
    fn take(&mut self, actions: Vec<Action>) {
        self.name_nodes();
        for action in actions {
            match action {
                Action::Play { prompts, language } => {
                    let lengths = prompts.iter().map(|key| self.catalogue.prompt_length(&language, key));
                    self.prompt = lengths.sum();
                    self.say(Phrase::heard(prompts.join(" + "), language));
                }
                Action::StartTimer(timeout) => self.timer = timeout,
                Action::Record { .. } => self.say(Phrase::beep()),
                Action::OpenCase { category } => self.left.category = Some(category),
                Action::Queue { queue, .. } => self.say(Phrase::waits_in(queue)),
                Action::LeaveQueue => self.say(Phrase::leaves_queue()),
                Action::RequestCallback { number, .. } => {
                    let number = number.map_or_else(|| Phrase::this_number().into(), Value::from);
                    self.say(Phrase::asks_callback(number));
                }
                Action::Dial { target, .. } => self.say(Phrase::rings(target_words(&target))),
                Action::Conference { room, .. } => self.say(Phrase::enters_conference(room)),
                Action::LookUpCase { digits, .. } => self.say(Phrase::asks_for_case(digits)),
                Action::SurveyAnswer { question, answer, .. } => {
                    self.say(Phrase::answers(answer, question));
                }
                Action::Hangup => self.say(Phrase::plan_hangs_up()),
                Action::StopPlaying | Action::StopTimer | Action::SendText { .. } => {}
            }
        }
    }

    /// What happens next. `None`: the caller hangs up.
    fn next(&mut self, waits: Waits) -> Option<Event> {
        match waits {
            Waits::Prompt { skippable } => self.hears(skippable),
            Waits::Key { heard, .. } | Waits::Digits { heard, .. } => self.is_asked(heard),
            Waits::Recording { min, max } => self.speaks(min, max),
            Waits::Queue { keys, max_wait } => self.waits(&keys, max_wait),
            Waits::Dial { timeout } => self.rings(timeout),
            Waits::Conference => self.talks(Event::ConferenceEnded),
            Waits::Talk { in_queue: true } => self.talks(Event::QueueEnded(QueueEnd::Finished)),
            Waits::Talk { in_queue: false } => self.talks(Event::DialEnded(DialEnd::Finished)),
            Waits::CaseLookUp => Some(self.is_told_the_state()),
            Waits::CallbackAnswer => {
                let refused = self.took(Move::Refused);
                if !refused {
                    self.took(Move::Accepted);
                    self.left.callback = true;
                }
                self.say(if refused { Phrase::no_callback() } else { Phrase::callback_noted() });
                Some(Event::CallbackAccepted(!refused))
            }
            Waits::Nothing => None,
        }
    }

    /// A plain prompt. A caller who hangs up at a recording does so after the beep.
    fn hears(&mut self, skippable: bool) -> Option<Event> {
        match self.moves.front() {
            Some(Move::Key('#')) if skippable => Some(self.presses('#')),
            Some(Move::Hangup) if !skippable => self.leave(),
            _ => {
                self.pass(self.prompt);
                Some(Event::Played)
            }
        }
    }

    /// A question: answered with a key at once, or heard to its end, and then the timer runs.
    fn is_asked(&mut self, heard: bool) -> Option<Event> {
        match self.moves.front() {
            Some(Move::Key(key)) => Some(self.presses(*key)),
            Some(Move::Hangup) => self.leave(),
            _ if !heard => {
                self.pass(self.prompt);
                Some(Event::Played)
            }
            _ => {
                self.took(Move::Timeout);
                self.pass(self.timer);
                self.say(Phrase::no_key_for(self.timer.as_secs()));
                Some(Event::TimedOut)
            }
        }
    }

    fn presses(&mut self, key: char) -> Event {
        self.moves.pop_front();
        self.pass(Duration::from_secs(1));
        self.say(Phrase::presses(key));
        Event::Digit(key)
    }

    fn speaks(&mut self, min: Duration, max: Duration) -> Option<Event> {
        let length = match self.moves.front() {
            Some(Move::Hangup) => return self.leave(),
            Some(Move::Failure) => {
                self.moves.pop_front();
                self.say(Phrase::recording_fails());
                return Some(Event::RecordingFailed);
            }
            Some(Move::Silence) => Duration::ZERO,
            _ => SPEECH.max(min).min(max),
        };
        if matches!(self.moves.front(), Some(Move::Silence | Move::Speak)) {
            self.moves.pop_front();
        }
        self.pass(length);
        if length < min || length.is_zero() {
            self.say(Phrase::says_nothing());
        } else {
            self.left.recorded = Some(length);
            self.say(Phrase::spoke(length.as_secs()));
        }
        Some(Event::Recorded { length })
    }

    fn waits(&mut self, keys: &[char], max_wait: Duration) -> Option<Event> {
        let end = match self.moves.front() {
            Some(Move::Hangup) => return self.leave(),
            Some(Move::Key(key)) if keys.contains(key) => return Some(self.presses(*key)),
            Some(Move::Answered) => None,
            Some(Move::Timeout) => Some(QueueEnd::Timeout),
            Some(Move::NoAgents) => Some(QueueEnd::NoAgents),
            Some(Move::Overflow) => Some(QueueEnd::Overflow),
            _ if self.staff.operators == 0 => Some(QueueEnd::NoAgents),
            _ if self.staff.queue_wait >= max_wait => Some(QueueEnd::Timeout),
            _ => None,
        };
        if matches!(
            self.moves.front(),
            Some(Move::Answered | Move::Timeout | Move::NoAgents | Move::Overflow)
        ) {
            self.moves.pop_front();
        }
        Some(match end {
            None => {
                self.pass(self.staff.queue_wait.min(max_wait));
                self.is_answered()
            }
            Some(end) => {
                let (waited, what) = match end {
                    QueueEnd::Timeout => (max_wait, Phrase::nobody_answered(max_wait.as_secs())),
                    QueueEnd::NoAgents => (Duration::ZERO, Phrase::nobody_serves()),
                    QueueEnd::Overflow => (Duration::ZERO, Phrase::queue_full()),
                    QueueEnd::Finished => (Duration::ZERO, Phrase::talk_over()),
                };
                self.pass(waited);
                self.say(what);
                Event::QueueEnded(end)
            }
        })
    }

    fn rings(&mut self, timeout: Duration) -> Option<Event> {
        let moved = match self.moves.front() {
            Some(Move::Hangup) => return self.leave(),
            Some(moved @ (Move::Answered | Move::Busy | Move::NoAnswer | Move::Failure)) => Some(*moved),
            _ => None,
        };
        if moved.is_some() {
            self.moves.pop_front();
        }
        let end = match moved {
            Some(Move::Busy) => DialEnd::Busy,
            Some(Move::Failure) => DialEnd::Failed,
            Some(Move::NoAnswer) => DialEnd::NoAnswer,
            None if self.staff.operators == 0 => DialEnd::NoAnswer,
            _ => {
                self.pass(Duration::from_secs(5).min(timeout));
                return Some(self.is_answered());
            }
        };
        let (after, what) = match end {
            DialEnd::Busy => (Duration::from_secs(1), Phrase::busy()),
            DialEnd::NoAnswer | DialEnd::Finished => (timeout, Phrase::no_answer()),
            DialEnd::Failed => (Duration::ZERO, Phrase::not_reached()),
        };
        self.pass(after);
        self.say(what);
        Some(Event::DialEnded(end))
    }

    fn is_answered(&mut self) -> Event {
        self.left.talked = true;
        self.say(Phrase::somebody_answers());
        Event::Connected
    }

    fn talks(&mut self, end: Event) -> Option<Event> {
        if self.moves.front() == Some(&Move::Hangup) {
            return self.leave();
        }
        self.left.talked = true;
        self.pass(TALK);
        self.say(Phrase::other_side_left(TALK.as_secs()));
        Some(end)
    }

    fn is_told_the_state(&mut self) -> Event {
        if self.took(Move::Found) {
            self.left.asked = true;
            self.say(Phrase::case_found());
            let state = CaseState { status: Status::InProgress, department: "other".into() };
            return Event::CaseFound(Some(state));
        }
        self.took(Move::NotFound);
        self.say(Phrase::no_such_case());
        Event::CaseFound(None)
    }

    /// Whether this is the next move; then it is done.
    fn took(&mut self, expected: Move) -> bool {
        let next = self.moves.front() == Some(&expected);
        if next {
            self.moves.pop_front();
        }
        next
    }

    fn leave(&mut self) -> Option<Event> {
        self.moves.pop_front();
        self.pass(Duration::from_secs(1));
        self.say(Phrase::caller_hangs_up());
        None
    }

    /// A line for each node that was entered since the last time.
    fn name_nodes(&mut self) {
        let plan = Arc::clone(self.walk.plan());
        for name in self.walk.path().split_off(self.named) {
            self.named += 1;
            let kind = plan.nodes.iter().find(|node| node.name == name).map(|node| &node.kind);
            let what = kind.and_then(|kind| describe(kind, &plan, self.began));
            self.lines.push(Line { at: self.now, node: name, what });
        }
    }

    /// What was heard or done goes on the node's line when that is still free.
    fn say(&mut self, what: Phrase) {
        match self.lines.last_mut() {
            Some(line) if line.what.is_none() => line.what = Some(what),
            _ => self.lines.push(Line { at: self.now, node: String::new(), what: Some(what) }),
        }
    }

    fn pass(&mut self, time: Duration) {
        if let Ok(later) = self.now.checked_add(time) {
            self.now = later;
        }
    }
}

/// What a node does at once; nothing for nodes that are heard.
fn describe(kind: &Kind, plan: &Plan, at: DateTime) -> Option<Phrase> {
    Some(match kind {
        Kind::Schedule { calendar, .. } => match plan.calendar(*calendar).map(|c| c.state(at)) {
            Some(Hours::Open) => Phrase::working_hours(),
            Some(Hours::Holiday(day)) => {
                Phrase::holiday(Value::Name { serbian: day.name_sr(), english: day.name_en() })
            }
            Some(Hours::Closed) | None => Phrase::out_of_hours(),
        },
        Kind::Case { category, .. } => Phrase::case_in(category),
        Kind::Sms { template, .. } => Phrase::text_to_caller(template),
        Kind::Language { language, .. } => Phrase::language_from_here(language),
        Kind::Goto { .. } => Phrase::goes_elsewhere(),
        _ => return None,
    })
}

fn target_words(target: &DialTarget) -> Value {
    match target {
        DialTarget::Operator(extension) => Phrase::the_operator(extension).into(),
        DialTarget::Department(key) => Phrase::the_department(key).into(),
        DialTarget::Number(number) => Value::from(number),
    }
}

impl Simulation {
    /// What becomes of the contact. Every call becomes a case; the plan only decides which.
    pub fn outcome(&self) -> Phrase {
        let Left { category, recorded, talked, callback, asked } = &self.left;
        let case = match (category, recorded, talked) {
            (Some(category), _, _) => Phrase::becomes_case_in(category),
            (None, _, true) => Phrase::becomes_answered(),
            (None, Some(_), false) => Phrase::becomes_voicemail(),
            (None, None, false) if *callback => Phrase::becomes_callback(),
            (None, None, false) if *asked => Phrase::becomes_entry(),
            (None, None, false) => Phrase::becomes_missed(),
        };
        match recorded {
            Some(length) => Phrase::with_recording(case, length.as_secs()),
            None => case,
        }
    }
}

impl fmt::Display for Simulation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.path.iter().map(|name| name.chars().count()).max().unwrap_or(0);
        for line in &self.lines {
            let at = line.at.strftime("%Y-%m-%d %H:%M:%S");
            let what = line.what.as_ref().map(ToString::to_string).unwrap_or_default();
            writeln!(f, "{at}  {:width$}  {what}", line.node)?;
        }
        writeln!(f, "walked:  {}", self.path.join(" → "))?;
        writeln!(f, "becomes: {}", self.outcome())?;
        if !self.unused.is_empty() {
            writeln!(f, "never asked for: {}", Script(self.unused.clone()))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
