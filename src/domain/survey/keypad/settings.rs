//! How patient a call is.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::super::super::words::words;

words! {
    /// After too many wrong keys or silences at one question.
    GiveUp {
        /// To the next question, where this one may be left out.
        GoOn = "go_on",
        End = "end",
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// How often a question is repeated after a wrong key.
    pub wrong_keys: u8,
    /// How often after silence.
    pub silences: u8,
    pub give_up: GiveUp,
    /// After the prompt, for finding the key on a telephone that is held to the ear.
    pub patience_s: u8,
    /// Between keys of one answer.
    pub between_s: u8,
    /// Ends such calls for good: in the greeting, and in every question that does not need the key itself.
    pub opt_out: Option<char>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            wrong_keys: 2,
            silences: 2,
            give_up: GiveUp::GoOn,
            patience_s: 7,
            between_s: 4,
            opt_out: Some('9'),
        }
    }
}

impl Settings {
    /// Nobody hears a question more often than that, and nobody finds a key faster.
    pub fn limits_are_sane(&self) -> bool {
        let few = |times: u8| times <= 5;
        let seconds = |s: u8| (2..=30).contains(&s);
        few(self.wrong_keys) && few(self.silences) && seconds(self.patience_s) && seconds(self.between_s)
    }

    pub(super) fn patience(&self) -> Duration {
        Duration::from_secs(self.patience_s.into())
    }

    pub(super) fn between(&self) -> Duration {
        Duration::from_secs(self.between_s.into())
    }
}
