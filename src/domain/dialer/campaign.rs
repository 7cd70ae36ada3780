//! A dialling campaign: what people set of it, how far it has come, and what can be done with it then.

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::accounting::{AbandonRule, RingTime, StartsAt};
use super::hours::{CallingHours, Times};
use super::mode::Mode;
use super::pacing::{self, AbandonLimits, TrunkLimits};
use super::retry::Rules;
use crate::domain::calendar::ClosedDay;
use crate::domain::words::words;

words! {
    DialState {
        Draft = "draft",
        Running = "running",
        /// Nothing new is dialled; who talks, talks on.
        Paused = "paused",
        /// Nobody is left who could be called.
        Finished = "finished",
        /// Ended by somebody before its end.
        Stopped = "stopped",
    }
}

words! {
    DialDeed {
        Make = "make",
        Change = "change",
        AddContacts = "add_contacts",
        Start = "start",
        Pause = "pause",
        Resume = "resume",
        Stop = "stop",
        /// By itself, after the last contact.
        Finish = "finish",
    }
}

/// The state after it; `None`: that cannot be done now.
pub fn after(state: DialState, deed: DialDeed) -> Option<DialState> {
    use DialState::*;
    match (state, deed) {
        (Draft, DialDeed::Start) | (Paused, DialDeed::Resume) => Some(Running),
        (Running, DialDeed::Pause) => Some(Paused),
        (Draft | Running | Paused, DialDeed::Stop) => Some(Stopped),
        (Running, DialDeed::Finish) => Some(Finished),
        (Draft | Paused, DialDeed::Change) => Some(state),
        (Draft | Running | Paused, DialDeed::AddContacts) => Some(state),
        // Somebody found more people to be called.
        (Finished, DialDeed::AddContacts) => Some(Paused),
        _ => None,
    }
}

/// What people set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DialSettings {
    #[serde(rename = "dialling")]
    pub mode: Mode,
    pub abandon: AbandonLimits,
    pub abandoned: AbandonRule,
    pub trunk: TrunkLimits,
    pub ring: RingTime,
    pub hours: CallingHours,
    pub retry: Rules,
    /// A number of ours that is shown in place of the trunk's.
    pub caller_id: Option<String>,
    /// Higher goes first where campaigns share operators and channels.
    pub priority: i32,
    /// After a talk no call comes for so long at most.
    pub wrap_up_s: u32,
    pub record: bool,
    /// Whoever answers is listened to before anybody is called to them, and what talks on like a machine is hung up on.
    pub hear_machines: bool,
    /// Of what callers hear.
    pub language: String,
}

impl Default for DialSettings {
    fn default() -> Self {
        Self {
            mode: Mode::default(),
            abandon: AbandonLimits::default(),
            abandoned: AbandonRule::default(),
            trunk: TrunkLimits::default(),
            ring: RingTime::default(),
            hours: CallingHours::default(),
            retry: Rules::default(),
            caller_id: None,
            priority: 0,
            wrap_up_s: 30,
            record: false,
            hear_machines: false,
            language: "sr".into(),
        }
    }
}

words! {
    /// A setting that is out of its bounds.
    WrongSetting {
        Multiple = "multiple",
        Abandon = "abandon",
        Patience = "patience",
        CallsPerSecond = "calls_per_second",
        CallerId = "caller_id",
        Priority = "priority",
        WrapUp = "wrap_up_s",
        Attempts = "attempts",
        Ring = "ring",
        Hours = "hours",
        Language = "language",
    }
}

/// Of a citizen who answers: more is silence to which nobody listens.
const LONGEST_PATIENCE_MS: u32 = 10_000;
/// No campaign may plan for more (design: no day over 3 %).
const MOST_ABANDONED: f64 = 0.03;
const MOST_CALLS_PER_SECOND: f64 = 100.0;
const LONGEST_WRAP_UP_S: u32 = 1_800;
const MOST_ATTEMPTS: u32 = 30;

impl DialSettings {
    /// The first setting that would do harm.
    pub fn check(&self) -> Result<(), WrongSetting> {
        let multiple = match self.mode {
            Mode::Power { multiple } => (1.0..=10.0).contains(&multiple),
            _ => true,
        };
        let abandon = self.abandon;
        let caller_id = self.caller_id.as_deref().is_none_or(|number| {
            let digits = number.strip_prefix('+').unwrap_or(number);
            (3..=20).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
        });
        let rules = [
            (WrongSetting::Multiple, multiple),
            (
                WrongSetting::Abandon,
                abandon.target > 0.0 && abandon.target <= abandon.cap && abandon.cap <= MOST_ABANDONED,
            ),
            (WrongSetting::Patience, (500..=LONGEST_PATIENCE_MS).contains(&self.abandoned.within_ms)),
            (
                WrongSetting::CallsPerSecond,
                (0.01..=MOST_CALLS_PER_SECOND).contains(&self.trunk.calls_per_second),
            ),
            (WrongSetting::CallerId, caller_id),
            (WrongSetting::Priority, (-100..=100).contains(&self.priority)),
            (WrongSetting::WrapUp, self.wrap_up_s <= LONGEST_WRAP_UP_S),
            (WrongSetting::Attempts, (1..=MOST_ATTEMPTS).contains(&self.retry.attempts)),
            (WrongSetting::Language, matches!(self.language.as_str(), "sr" | "en")),
        ];
        rules.into_iter().find(|(_, right)| !right).map_or(Ok(()), |(wrong, _)| Err(wrong))
    }

    /// From when an operator is waited for: where the greeting is listened to, from its end.
    pub fn abandon_rule(&self) -> AbandonRule {
        let from = if self.hear_machines { StartsAt::GreetingEnd } else { self.abandoned.from };
        AbandonRule { from, ..self.abandoned }
    }

    pub fn times(&self, closed: Vec<ClosedDay>, zone: TimeZone) -> Times {
        self.hours.times(closed, zone)
    }

    pub fn pacing(&self) -> pacing::Settings {
        pacing::Settings {
            mode: self.mode,
            abandon: self.abandon,
            trunk: self.trunk,
            patience: f64::from(self.abandoned.within_ms) / 1_000.0,
        }
    }
}

/// The key of the queue in which those who answered wait. No queue that an administrator makes has such a key.
pub fn queue_of(campaign: i64) -> String {
    format!("{QUEUE_MARK}dial-{campaign}")
}

pub fn is_dial_queue(key: &str) -> bool {
    key.starts_with(QUEUE_MARK)
}

const QUEUE_MARK: char = '@';

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_campaign_that_is_over_dials_nothing_more() {
        assert!(DialDeed::ALL.iter().all(|deed| after(DialState::Stopped, *deed).is_none()));
        for deed in DialDeed::ALL.iter().filter(|deed| **deed != DialDeed::AddContacts) {
            assert_eq!(after(DialState::Finished, *deed), None, "{deed}");
        }
    }

    #[test]
    fn rules_are_not_changed_under_a_running_campaign() {
        for state in DialState::ALL.iter().copied() {
            let may = matches!(state, DialState::Draft | DialState::Paused);
            assert_eq!(after(state, DialDeed::Change).is_some(), may, "{state}");
        }
    }

    #[test]
    fn settings_come_back_as_they_were_kept_and_may_leave_out_what_is_usual() {
        let settings =
            DialSettings { mode: Mode::Power { multiple: 1.5 }, priority: 3, ..Default::default() };
        let kept = serde_json::to_string(&settings).unwrap();
        assert_eq!(serde_json::from_str::<DialSettings>(&kept).unwrap(), settings);
        let few: DialSettings =
            serde_json::from_str(r#"{"dialling": {"mode": "preview"}, "ring": 5}"#).unwrap();
        assert_eq!((few.mode, few.ring.seconds()), (Mode::Preview, RingTime::LEAST));
    }

    #[test]
    fn the_usual_settings_do_no_harm_and_harmful_ones_are_named() {
        assert_eq!(DialSettings::default().check(), Ok(()));
        let wrong = DialSettings { wrap_up_s: 10_000, ..Default::default() };
        assert_eq!(wrong.check(), Err(WrongSetting::WrapUp));
        let wrong = DialSettings { abandon: AbandonLimits { target: 0.025, cap: 0.2 }, ..Default::default() };
        assert_eq!(wrong.check(), Err(WrongSetting::Abandon));
    }
}
