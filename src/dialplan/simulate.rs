//! A call without a telephone: the production interpreter, a virtual clock and a caller who follows a script.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jiff::civil::DateTime;

use super::catalogue::Catalogue;
use super::machine::{Action, Event, Walk};
use super::plan::{Kind, Plan};
use super::script::{Move, Script};
use crate::domain::calendar::State as Hours;

/// How long a pretended caller speaks, unless the plan wants it shorter or longer.
const SPEECH: Duration = Duration::from_secs(10);

/// More than the longest walk can need; a walk ends by itself well before.
const MAX_EVENTS: usize = 20_000;

/// What happened, line by line. Its `Display` is what `odziv dialplan simulate` prints.
#[derive(Clone, Debug)]
pub struct Simulation {
    pub lines: Vec<Line>,
    pub path: Vec<String>,
    pub end: End,
    /// The category in which the call's case is, and how much was recorded.
    pub category: Option<String>,
    pub recorded: Option<Duration>,
    /// Moves that the plan never asked for.
    pub unused: Vec<Move>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub at: DateTime,
    /// Empty where the node is that of the line before.
    pub node: String,
    pub what: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    Plan,
    Caller,
}

/// Walks through a plan. `None`: the number does not lead into it.
pub fn simulate(
    plan: &Arc<Plan>,
    number: &str,
    at: DateTime,
    script: &Script,
    catalogue: &Catalogue,
) -> Option<Simulation> {
    let (walk, actions) = Walk::start(Arc::clone(plan), number, at)?;
    let mut caller = Caller {
        walk,
        catalogue,
        began: at,
        now: at,
        moves: script.0.clone().into(),
        lines: Vec::new(),
        named: 0,
        category: None,
        recorded: None,
    };
    let mut waiting = caller.take(actions);
    let mut end = End::Caller;
    for _ in 0..MAX_EVENTS {
        let event = match waiting {
            Waiting::Prompt(length) => caller.hears(length),
            Waiting::Timer(timeout) => Some(caller.waits(timeout)),
            Waiting::Recording { min, max } => caller.speaks(min, max),
            Waiting::Ended => {
                end = End::Plan;
                break;
            }
        };
        let Some(event) = event else { break };
        let actions = caller.walk.handle(event);
        waiting = caller.take(actions);
    }
    Some(Simulation {
        path: caller.walk.path(),
        end,
        category: caller.category,
        recorded: caller.recorded,
        unused: caller.moves.into(),
        lines: caller.lines,
    })
}

/// What the plan waits for after its actions are done.
enum Waiting {
    Prompt(Duration),
    Timer(Duration),
    Recording { min: Duration, max: Duration },
    Ended,
}

struct Caller<'c> {
    walk: Walk,
    catalogue: &'c Catalogue,
    began: DateTime,
    now: DateTime,
    moves: std::collections::VecDeque<Move>,
    lines: Vec<Line>,
    /// Nodes of the path that have their line.
    named: usize,
    category: Option<String>,
    recorded: Option<Duration>,
}

impl Caller<'_> {
    fn take(&mut self, actions: Vec<Action>) -> Waiting {
        self.name_nodes();
        let mut waiting = Waiting::Ended;
        for action in actions {
            match action {
                Action::Play { prompts, language } => {
                    let length = prompts.iter().map(|key| self.catalogue.prompt_length(&language, key)).sum();
                    self.say(format!("heard: {} ({language})", prompts.join(" + ")));
                    waiting = Waiting::Prompt(length);
                }
                Action::StartTimer(timeout) => waiting = Waiting::Timer(timeout),
                Action::Record { max, min, .. } => {
                    self.say("beep, recording".into());
                    waiting = Waiting::Recording { min, max };
                }
                Action::OpenCase { category } => self.category = Some(category),
                Action::Hangup => {
                    self.say("the plan hangs up".into());
                    waiting = Waiting::Ended;
                }
                _ => {}
            }
        }
        waiting
    }

    /// While a prompt is heard: a key where one is asked for, the end of the call, or nothing.
    fn hears(&mut self, length: Duration) -> Option<Event> {
        let position = self.walk.position().and_then(|id| self.walk.plan().node(id));
        let kind = position.map(|node| &node.kind);
        let takes_key = |key: char| {
            matches!(kind, Some(Kind::Menu(_))) || (key == '#' && matches!(kind, Some(Kind::Record(_))))
        };
        // A caller who hangs up at a recording does so after the beep.
        let may_leave = !matches!(kind, Some(Kind::Record(_)));
        match self.moves.front() {
            Some(Move::Key(key)) if takes_key(*key) => {
                let key = *key;
                self.moves.pop_front();
                self.pass(Duration::from_secs(1));
                self.say(format!("the caller presses {key}"));
                Some(Event::Digit(key))
            }
            Some(Move::Hangup) if may_leave => self.leave(),
            _ => {
                self.pass(length);
                Some(Event::Played)
            }
        }
    }

    fn waits(&mut self, timeout: Duration) -> Event {
        if self.moves.front() == Some(&Move::Timeout) {
            self.moves.pop_front();
        }
        self.pass(timeout);
        self.say(format!("no key for {} s", timeout.as_secs()));
        Event::TimedOut
    }

    fn speaks(&mut self, min: Duration, max: Duration) -> Option<Event> {
        let length = match self.moves.front() {
            Some(Move::Hangup) => return self.leave(),
            Some(Move::Failure) => {
                self.moves.pop_front();
                self.say("the recording fails".into());
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
            self.say("the caller says nothing".into());
        } else {
            self.recorded = Some(length);
            self.say(format!("the caller spoke for {} s and presses #", length.as_secs()));
        }
        Some(Event::Recorded { length })
    }

    fn leave(&mut self) -> Option<Event> {
        self.moves.pop_front();
        self.pass(Duration::from_secs(1));
        self.say("the caller hangs up".into());
        None
    }

    /// A line for each node that was entered since the last time.
    fn name_nodes(&mut self) {
        let plan = Arc::clone(self.walk.plan());
        for name in self.walk.path().split_off(self.named) {
            self.named += 1;
            let kind = plan.nodes.iter().find(|node| node.name == name).map(|node| &node.kind);
            let what = kind.map_or_else(String::new, |kind| describe(kind, &plan, self.began));
            self.lines.push(Line { at: self.now, node: name, what });
        }
    }

    /// What was heard or done goes on the node's line when that is still free.
    fn say(&mut self, what: String) {
        match self.lines.last_mut() {
            Some(line) if line.what.is_empty() => line.what = what,
            _ => self.lines.push(Line { at: self.now, node: String::new(), what }),
        }
    }

    fn pass(&mut self, time: Duration) {
        if let Ok(later) = self.now.checked_add(time) {
            self.now = later;
        }
    }
}

/// What a node does at once; empty for nodes that are heard.
fn describe(kind: &Kind, plan: &Plan, at: DateTime) -> String {
    match kind {
        Kind::Schedule { calendar, .. } => match plan.calendar(*calendar).map(|c| c.state(at)) {
            Some(Hours::Open) => "working hours".into(),
            Some(Hours::Holiday(day)) => format!("holiday: {}", day.name_en()),
            Some(Hours::Closed) | None => "out of hours".into(),
        },
        Kind::Case { category, .. } => format!("case in category {category}"),
        Kind::Sms { template, .. } => format!("text to the caller: {template}"),
        Kind::Language { language, .. } => format!("language from here: {language}"),
        Kind::Goto { .. } => "goes on elsewhere".into(),
        Kind::Menu(_) | Kind::Play { .. } | Kind::Record(_) | Kind::Hangup { .. } => String::new(),
    }
}

impl Simulation {
    /// What becomes of the contact. Every call becomes a case; the plan only decides which.
    pub fn outcome(&self) -> String {
        let recording = self.recorded.map(|length| format!("a recording of {} s", length.as_secs()));
        match (&self.category, recording) {
            (Some(category), Some(recording)) => format!("a case in category {category} with {recording}"),
            (Some(category), None) => format!("a case in category {category}"),
            (None, Some(recording)) => format!("a voicemail case with {recording}"),
            (None, None) => "a missed-call case".into(),
        }
    }
}

impl fmt::Display for Simulation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.path.iter().map(|name| name.chars().count()).max().unwrap_or(0);
        for line in &self.lines {
            let at = line.at.strftime("%Y-%m-%d %H:%M:%S");
            writeln!(f, "{at}  {:width$}  {}", line.node, line.what)?;
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
mod tests {
    use super::*;
    use crate::dialplan::check::check_one;
    use crate::dialplan::{SHIPPED, SHIPPED_NUMBER};
    use jiff::civil::datetime;

    fn walked(at: DateTime, keys: &str) -> Simulation {
        let plan = check_one("main.toml", SHIPPED, &Catalogue::default()).unwrap();
        simulate(&plan, SHIPPED_NUMBER, at, &keys.parse().unwrap(), &Catalogue::default()).unwrap()
    }

    #[test]
    fn christmas_at_ten_goes_to_voicemail_line_by_line() {
        assert_eq!(
            walked(datetime(2026, 1, 7, 10, 0, 0, 0), "").to_string(),
            "\
2026-01-07 10:00:00  hours      holiday: Orthodox Christmas
2026-01-07 10:00:00  night      heard: closed (sr)
2026-01-07 10:00:04  voicemail  heard: leave_message (sr)
2026-01-07 10:00:08             beep, recording
2026-01-07 10:00:18             the caller spoke for 10 s and presses #
2026-01-07 10:00:18  receipt    text to the caller: receipt
2026-01-07 10:00:18  thanks     heard: thank_you (sr)
2026-01-07 10:00:22  end        heard: goodbye (sr)
2026-01-07 10:00:26             the plan hangs up
walked:  hours → night → voicemail → receipt → thanks → end
becomes: a voicemail case with a recording of 10 s
"
        );
    }

    #[test]
    fn a_caller_may_hesitate_and_hang_up() {
        let walk = walked(datetime(2026, 3, 2, 10, 0, 0, 0), "timeout,1,hangup");
        assert_eq!(walk.end, End::Caller);
        assert_eq!(walk.path, ["hours", "menu", "water", "tell"]);
        assert_eq!(walk.outcome(), "a case in category water");
        let shown = walk.to_string();
        assert!(shown.contains("no key for 6 s") && shown.contains("heard: no_input + main_menu"), "{shown}");
        assert!(shown.contains("the caller hangs up"), "{shown}");
    }

    #[test]
    fn moves_without_a_question_are_left_over() {
        let walk = walked(datetime(2026, 3, 1, 10, 0, 0, 0), "1,timeout");
        assert_eq!(walk.unused, [Move::Key('1'), Move::Timeout]);
        assert!(walk.to_string().ends_with("never asked for: 1,timeout\n"));
    }

    #[test]
    fn a_call_without_a_word_is_a_missed_call() {
        assert_eq!(walked(datetime(2026, 3, 1, 10, 0, 0, 0), "silence").outcome(), "a missed-call case");
    }
}
