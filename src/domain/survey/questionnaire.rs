//! A survey as data: what one version asks, in which words, and where each answer leads.

use std::borrow::Borrow;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::super::file::BlobHash;
use super::super::person::PersonLanguage;
use super::super::spoken::Tongue;
use super::super::words::words;
use super::condition::Condition;
use super::keypad::Settings;
use super::kind::{Kind, is_false};
use super::quota::Quota;
use super::texts::Texts;

/// What programs call a question; it never changes, and results of versions are joined by it. A draft may have anything here until
/// [`super::check`] has seen it: small letters, digits and `_`, a letter first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct QuestionKey(pub String);

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Questionnaire {
    pub title: Texts,
    /// In which it is asked: every text has words for each.
    pub languages: Vec<PersonLanguage>,
    /// Who asks, what for, how long it takes.
    #[serde(default)]
    pub greeting: Texts,
    #[serde(default, skip_serializing_if = "Recordings::is_empty")]
    pub greeting_recordings: Recordings,
    #[serde(default)]
    pub thanks: Texts,
    #[serde(default, skip_serializing_if = "Recordings::is_empty")]
    pub thanks_recordings: Recordings,
    /// To whom the survey is not about, or of whom enough were asked. Empty: the thanks.
    #[serde(default, skip_serializing_if = "Texts::is_empty")]
    pub apology: Texts,
    #[serde(default, skip_serializing_if = "Recordings::is_empty")]
    pub apology_recordings: Recordings,
    /// The first is asked first.
    pub questions: Vec<Question>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub quotas: Vec<Quota>,
    /// `None`: not to be asked by the keys of a telephone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keypad: Option<Settings>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    pub key: QuestionKey,
    pub text: Texts,
    #[serde(default, skip_serializing_if = "Recordings::is_empty")]
    pub recordings: Recordings,
    /// To whoever asks; never read out, and on no web page of a citizen.
    #[serde(default, skip_serializing_if = "Texts::is_empty")]
    pub note: Texts,
    pub kind: Kind,
    #[serde(default, skip_serializing_if = "is_false")]
    pub required: bool,
    /// "I do not know" is an answer to it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub may_not_know: bool,
    /// "I do not want to say" is an answer to it.
    #[serde(default, skip_serializing_if = "is_false")]
    pub may_refuse: bool,
    /// The first whose condition holds decides.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub branches: Vec<Branch>,
    /// When none does. `None`: the next question of the list, and after the last one the end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub otherwise: Option<Target>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Branch {
    #[serde(rename = "if")]
    pub condition: Condition,
    #[serde(rename = "then")]
    pub target: Target,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    Question(QuestionKey),
    End(Ending),
}

words! {
    /// Where a road through the questions may end.
    Ending {
        Complete = "complete",
        /// It is not about them.
        ScreenedOut = "screened_out",
        /// They did not want to take part.
        Refused = "refused",
    }
}

/// Spoken instead of the text. Serbian is spoken alike in both scripts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Recordings {
    #[serde(rename = "sr", skip_serializing_if = "Option::is_none")]
    pub serbian: Option<BlobHash>,
    #[serde(rename = "en", skip_serializing_if = "Option::is_none")]
    pub english: Option<BlobHash>,
}

pub const KEY_CHARS: usize = 32;
/// Nobody answers more, and every page and check stays small.
pub const MOST_QUESTIONS: usize = 200;
pub const MOST_OPTIONS: usize = 100;
pub const MOST_BRANCHES: usize = 50;
/// Points of a scale: 0 to 100 is the longest in use.
pub const MOST_POINTS: i32 = 101;
/// Of a text answer.
pub const MOST_ANSWER_CHARS: u16 = 10_000;
/// Of a question, a note, a greeting.
pub const TEXT_CHARS: usize = 2_000;
/// Of a title, an option, a label, a unit.
pub const LABEL_CHARS: usize = 300;

impl Questionnaire {
    pub fn question(&self, key: &QuestionKey) -> Option<&Question> {
        self.questions.iter().find(|question| question.key == *key)
    }

    pub fn position(&self, key: &QuestionKey) -> Option<usize> {
        self.questions.iter().position(|question| question.key == *key)
    }

    /// What is said at the end.
    pub fn farewell(&self, is_thanked: bool) -> (&Texts, &Recordings) {
        if is_thanked || self.apology.is_empty() {
            (&self.thanks, &self.thanks_recordings)
        } else {
            (&self.apology, &self.apology_recordings)
        }
    }
}

impl Question {
    /// An answer can be left out or declined in some way, so that nobody is stuck on it.
    pub fn can_be_passed(&self) -> bool {
        !self.required || self.may_not_know || self.may_refuse
    }
}

impl Recordings {
    pub fn is_empty(&self) -> bool {
        self.serbian.is_none() && self.english.is_none()
    }

    pub fn of(&self, tongue: Tongue) -> Option<&BlobHash> {
        match tongue {
            Tongue::Serbian => self.serbian.as_ref(),
            Tongue::English => self.english.as_ref(),
        }
    }
}

impl QuestionKey {
    pub fn is_well_formed(&self) -> bool {
        let good = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
        self.0.len() <= KEY_CHARS
            && self.0.bytes().all(good)
            && self.0.starts_with(|first: char| first.is_ascii_lowercase())
    }
}

impl Borrow<str> for QuestionKey {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl From<&str> for QuestionKey {
    fn from(key: &str) -> Self {
        Self(key.to_owned())
    }
}

impl fmt::Display for QuestionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
