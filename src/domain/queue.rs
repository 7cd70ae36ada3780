//! Queues in which callers wait for an operator: what an administrator sets, and what a day brought.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::id::UserId;
use super::operator::OperatorKept;
use super::words::words;

words! {
    /// Which of the operators who are free is rung first.
    Strategy {
        /// Who has waited longest for a call.
        LongestIdle = "longest_idle",
        /// One after another, in the order of the members.
        RoundRobin = "round_robin",
        /// All at once; the first who answers has the caller.
        RingAll = "ring_all",
        /// Who has talked least today.
        LeastTalk = "least_talk",
    }
}

/// One queue, as an administrator set it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueSettings {
    /// What plans call it: small letters, digits, `-`, `_`.
    pub key: String,
    pub name: String,
    pub strategy: Strategy,
    /// In their order, which round robin follows and which decides between equals.
    pub members: Vec<Member>,
    /// How long a phone rings before the next operator is tried.
    pub ring: Duration,
    /// How long an operator who missed a call is left alone.
    pub rest: Duration,
    /// The longest time after a conversation in which no call comes; the operator may end it sooner.
    pub wrap_up: Duration,
    /// So many missed calls in a row and the operator is paused. `None`: never.
    pub pause_after_missed: Option<u32>,
    /// Whether callers wait on while all operators who are there are paused.
    pub wait_while_paused: bool,
    pub max_waiting: u32,
    /// The longest wait, whatever the plan says. `None`: only the plan limits it.
    pub max_wait: Option<Duration>,
    /// The queue that takes whom this one has no room for.
    pub overflow: Option<String>,
    /// After so long a wait the caller is moved to `overflow`.
    pub overflow_after: Option<Duration>,
    /// Waiting so long counts as one level of priority, so that nobody is passed over for ever. `None`: never.
    pub ageing: Option<Duration>,
    /// After so long a wait an operator without the caller's language or service will do. `None`: never.
    pub widen_after: Option<Duration>,
    /// How often callers hear their position. `None`: never.
    pub announce_every: Option<Duration>,
    /// Whether they hear the expected wait too.
    pub announce_wait: bool,
    /// The wait that the municipality promises; figures count who was answered within it.
    pub promise: Duration,
}

/// An operator in a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    pub user: UserId,
    /// Rung only when everybody with a smaller one is busy, paused or away.
    pub penalty: u32,
}

/// More people in one line are told that it is full: at three minutes each they would wait for hours.
pub const MOST_WAITING: u32 = 500;

impl QueueSettings {
    /// What a municipality of some operators does well with.
    pub fn new(key: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            key: key.into(),
            name: name.into(),
            strategy: Strategy::LongestIdle,
            members: Vec::new(),
            ring: Duration::from_secs(20),
            rest: Duration::from_secs(5),
            wrap_up: Duration::from_secs(30),
            pause_after_missed: Some(3),
            wait_while_paused: true,
            max_waiting: 50,
            max_wait: None,
            overflow: None,
            overflow_after: None,
            ageing: Some(Duration::from_secs(60)),
            widen_after: Some(Duration::from_secs(60)),
            announce_every: Some(Duration::from_secs(45)),
            announce_wait: true,
            promise: Duration::from_secs(30),
        }
    }
}

words! {
    /// A setting that is out of its bounds.
    Wrong {
        Key = "key",
        Name = "name",
        Ring = "ring",
        Rest = "rest",
        WrapUp = "wrap-up",
        PauseAfterMissed = "pause-after-missed",
        MaxWaiting = "max-waiting",
        MaxWait = "max-wait",
        Overflow = "overflow",
        OverflowAfter = "overflow-after",
        Ageing = "ageing",
        WidenAfter = "widen-after",
        AnnounceEvery = "announce-every",
        Promise = "promise",
        Members = "members",
    }
}

impl QueueSettings {
    /// The first setting that would do harm: a phone that never stops ringing, an announcement every second.
    pub fn check(&self) -> Result<(), Wrong> {
        let name = self.name.trim().chars().count();
        let wrong = [
            (Wrong::Key, is_key(&self.key)),
            (Wrong::Name, (1..=100).contains(&name)),
            (Wrong::Ring, within(self.ring, 5, 120)),
            (Wrong::Rest, within(self.rest, 0, 600)),
            (Wrong::WrapUp, within(self.wrap_up, 0, 1_800)),
            (Wrong::PauseAfterMissed, self.pause_after_missed.is_none_or(|n| (1..=20).contains(&n))),
            (Wrong::MaxWaiting, (1..=MOST_WAITING).contains(&self.max_waiting)),
            (Wrong::MaxWait, optional(self.max_wait, 10, 7_200)),
            (Wrong::Overflow, self.overflow.as_deref().is_none_or(|other| other != self.key)),
            (Wrong::OverflowAfter, optional(self.overflow_after, 5, 7_200)),
            (Wrong::Ageing, optional(self.ageing, 5, 3_600)),
            (Wrong::WidenAfter, optional(self.widen_after, 0, 3_600)),
            (Wrong::AnnounceEvery, optional(self.announce_every, 15, 600)),
            (Wrong::Promise, within(self.promise, 1, 3_600)),
            (Wrong::Members, self.members.iter().all(|member| member.penalty <= 100)),
        ];
        wrong.into_iter().find(|(_, fine)| !fine).map_or(Ok(()), |(wrong, _)| Err(wrong))
    }
}

/// Small letters, digits, `-`, `_`: what a plan can write without quotes.
pub fn is_key(key: &str) -> bool {
    let form = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
    (1..=40).contains(&key.len()) && key.chars().all(form)
}

fn within(duration: Duration, least: u64, most: u64) -> bool {
    (least..=most).contains(&duration.as_secs())
}

fn optional(duration: Option<Duration>, least: u64, most: u64) -> bool {
    duration.is_none_or(|duration| within(duration, least, most))
}

/// What a queue has done since midnight.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueFigures {
    pub offered: u32,
    pub answered: u32,
    /// Answered within [`QueueSettings::promise`].
    pub answered_in_time: u32,
    /// Hung up while waiting.
    pub abandoned: u32,
    /// Sent back to the plan: waited too long, nobody there, no room.
    pub sent_back: u32,
    /// Promised a call back, and an operator has taken it up.
    pub called_back: u32,
    /// Waits of those who were answered.
    pub waited: Duration,
}

impl QueueFigures {
    /// Of those who were answered.
    pub fn average_wait(&self) -> Option<Duration> {
        self.waited.checked_div(self.answered)
    }
}

/// What of queues and operators survives a restart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FloorKept {
    pub operators: Vec<OperatorKept>,
    pub queues: Vec<QueueKept>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueKept {
    pub key: String,
    pub today: QueueFigures,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_that_would_do_harm_are_named() {
        let fine = QueueSettings::new("operators", "Оператери");
        assert_eq!(fine.check(), Ok(()));
        let ring = Duration::from_secs(3_600);
        assert_eq!(QueueSettings { ring, ..fine.clone() }.check(), Err(Wrong::Ring));
        assert_eq!(QueueSettings { key: "Оператери".into(), ..fine.clone() }.check(), Err(Wrong::Key));
        let overflow = Some("operators".into());
        assert_eq!(QueueSettings { overflow, ..fine }.check(), Err(Wrong::Overflow), "into itself");
    }
}
