//! Kinds of questions, with what belongs to each.

use std::fmt;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::decimal::Decimal;
use super::questionnaire::Recordings;
use super::texts::Texts;

/// What stands for an option in data: it stays when the words are corrected. From 1 to [`Code::MOST`]; zero and less are kept free for
/// "not chosen" and for missing answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Code(pub u16);

impl Code {
    pub const MOST: u16 = 9_999;
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Kind {
    Single {
        options: Vec<Choice>,
        /// In another order for each interview.
        #[serde(default, skip_serializing_if = "is_false")]
        random: bool,
    },
    Multiple {
        options: Vec<Choice>,
        #[serde(default, skip_serializing_if = "is_false")]
        random: bool,
        /// How many have to be chosen by who chooses any; an exclusive option counts for all.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        min: Option<u16>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        max: Option<u16>,
    },
    /// Whole numbers from one end to the other.
    Scale {
        from: i16,
        to: i16,
        /// Of the ends, and of those between them that have a name.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        labels: Vec<ScaleLabel>,
    },
    Number {
        /// Zero: a whole number.
        #[serde(default, skip_serializing_if = "is_zero")]
        places: u8,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        min: Option<Decimal>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        max: Option<Decimal>,
        #[serde(default, skip_serializing_if = "Texts::is_empty")]
        unit: Texts,
    },
    Text {
        max_chars: u16,
    },
    Date {
        /// Both included.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<Date>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        to: Option<Date>,
    },
}

/// An option.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    pub code: Code,
    pub text: Texts,
    #[serde(default, skip_serializing_if = "Recordings::is_empty")]
    pub recordings: Recordings,
    /// Of a multiple question: "none of these", which goes with no other.
    #[serde(default, skip_serializing_if = "is_false")]
    pub exclusive: bool,
    /// Keeps its place in a random order: "other". Exclusive options do so by themselves.
    #[serde(default, skip_serializing_if = "is_false")]
    pub fixed: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScaleLabel {
    pub value: i16,
    pub text: Texts,
}

impl Kind {
    /// Of a single or multiple question; otherwise none.
    pub fn options(&self) -> &[Choice] {
        match self {
            Self::Single { options, .. } | Self::Multiple { options, .. } => options,
            _ => &[],
        }
    }

    pub fn option(&self, code: Code) -> Option<&Choice> {
        self.options().iter().find(|option| option.code == code)
    }

    pub fn is_random(&self) -> bool {
        matches!(self, Self::Single { random: true, .. } | Self::Multiple { random: true, .. })
    }

    pub fn name(&self) -> KindName {
        match self {
            Self::Single { .. } => KindName::Single,
            Self::Multiple { .. } => KindName::Multiple,
            Self::Scale { .. } => KindName::Scale,
            Self::Number { .. } => KindName::Number,
            Self::Text { .. } => KindName::Text,
            Self::Date { .. } => KindName::Date,
        }
    }
}

super::super::words::words! {
    /// A kind without what belongs to it.
    KindName {
        Single = "single",
        Multiple = "multiple",
        Scale = "scale",
        Number = "number",
        Text = "text",
        Date = "date",
    }
}

pub(super) fn is_false(value: &bool) -> bool {
    !*value
}

fn is_zero(value: &u8) -> bool {
    *value == 0
}
