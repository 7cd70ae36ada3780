//! What was found, for people.

use std::fmt;

use super::{Choice, Explored, MAX_SITUATIONS, Offence};
use crate::dialplan::machine::{DialEnd, Event, QueueEnd};

impl fmt::Display for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Typed(digits, terminator) => write!(f, "{digits}{terminator}"),
            Self::Event(Event::Digit(key)) => write!(f, "{key}"),
            Self::Event(Event::TimedOut) => f.write_str("timeout"),
            Self::Event(Event::Recorded { length }) if length.is_zero() => f.write_str("silence"),
            Self::Event(Event::Recorded { .. }) => f.write_str("speak"),
            Self::Event(Event::RecordingFailed) => f.write_str("failure"),
            Self::Event(Event::Connected) => f.write_str("answered"),
            Self::Event(Event::QueueEnded(QueueEnd::Timeout)) => f.write_str("timeout"),
            Self::Event(Event::QueueEnded(QueueEnd::NoAgents)) => f.write_str("no_agents"),
            Self::Event(Event::QueueEnded(QueueEnd::Overflow)) => f.write_str("overflow"),
            Self::Event(Event::DialEnded(DialEnd::Busy)) => f.write_str("busy"),
            Self::Event(Event::DialEnded(DialEnd::NoAnswer)) => f.write_str("no_answer"),
            Self::Event(Event::DialEnded(DialEnd::Failed)) => f.write_str("failure"),
            Self::Event(Event::CaseFound(found)) => {
                f.write_str(if found.is_some() { "found" } else { "not_found" })
            }
            Self::Event(Event::CallbackAccepted(yes)) => {
                f.write_str(if *yes { "accepted" } else { "refused" })
            }
            Self::Event(_) => Ok(()),
        }
    }
}

impl Explored {
    pub fn is_proven(&self) -> bool {
        self.offence.is_none()
    }

    /// With every way, for `--verbose`.
    pub fn listed(&self) -> String {
        let mut text: String = self.ways.iter().map(|way| format!("{way}\n")).collect();
        if self.more_ways {
            text.push_str("... and more\n");
        }
        text + &self.to_string()
    }
}

impl fmt::Display for Explored {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let more = if self.more_ways { "more than " } else { "" };
        writeln!(
            f,
            "{}: {} kinds of moment, {} situations, {} steps between them, {more}{} ways to {} ends",
            self.plan,
            self.moments,
            self.situations,
            self.steps,
            self.ways.len(),
            self.ends
        )?;
        match &self.offence {
            None => writeln!(
                f,
                "every way ends, and ends with a case or where the plan says why not; a caller may hang up in any of {} situations",
                self.situations - self.ends
            ),
            Some(Offence::NoCase { way }) => writeln!(f, "this way ends without a case:\n  {way}"),
            Some(Offence::NoEnd { way }) => {
                writeln!(f, "from here a caller who presses nothing never comes to an end:\n  {way}")
            }
            Some(Offence::TooLarge) => {
                writeln!(f, "more than {MAX_SITUATIONS} situations: too large to be walked whole")
            }
        }
    }
}
