//! Whom a campaign goes to, said as conditions on what is known of citizens. All that is said must hold; of several in one list one is
//! enough.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::super::id::CategoryId;
use super::super::person::{ConsentKind, PersonLanguage};

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Segment {
    /// Parts of the municipality in which they had a case: keys.
    pub areas: Vec<String>,
    /// What an earlier case of theirs was about; with all below it.
    pub categories: Vec<CategoryId>,
    /// When such a case was opened, local days, both included.
    pub since: Option<Date>,
    pub until: Option<Date>,
    /// On their card.
    pub tags: Vec<String>,
    /// They gave it, and did not withdraw it.
    pub consent: Option<ConsentKind>,
    /// How they want to be written to.
    pub languages: Vec<PersonLanguage>,
    /// Words of their address, blind to script and diacritics.
    pub address: String,
}

pub const NAME_CHARS: usize = 80;
pub const TAG_CHARS: usize = 40;
/// Of each kind; more is a mistake, and a statement of the database holds no more.
const MOST: usize = 50;

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadSegment {
    #[error("more than {MOST} in one list")]
    TooMany,
    #[error("it ends before it begins")]
    Period,
    #[error("an address is at most 100 characters")]
    Address,
}

impl Segment {
    /// Everybody whom the municipality knows.
    pub fn is_everybody(&self) -> bool {
        *self == Self::default()
    }

    /// Something is asked of their cases.
    pub fn asks_cases(&self) -> bool {
        !self.areas.is_empty() || !self.categories.is_empty() || self.since.is_some() || self.until.is_some()
    }

    pub fn check(&self) -> Result<(), BadSegment> {
        let lists = [self.areas.len(), self.categories.len(), self.tags.len(), self.languages.len()];
        if lists.iter().any(|length| *length > MOST) {
            return Err(BadSegment::TooMany);
        }
        if self.since.zip(self.until).is_some_and(|(since, until)| since > until) {
            return Err(BadSegment::Period);
        }
        if self.address.chars().count() > 100 {
            return Err(BadSegment::Address);
        }
        Ok(())
    }
}

/// As it is kept: one writing of each. `None`: no tag.
pub fn tag(text: &str) -> Option<String> {
    let tag = text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    let fits = !tag.is_empty() && tag.chars().count() <= TAG_CHARS && !tag.contains([',', ';', '"']);
    fits.then_some(tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_and_lists_are_checked() {
        let mut segment = Segment { since: "2026-02-01".parse().ok(), ..Segment::default() };
        assert_eq!(segment.check(), Ok(()));
        segment.until = "2026-01-31".parse().ok();
        assert_eq!(segment.check(), Err(BadSegment::Period));
        let segment = Segment { areas: vec!["a".into(); 51], ..Segment::default() };
        assert_eq!(segment.check(), Err(BadSegment::TooMany));
    }

    #[test]
    fn tags_are_written_in_one_way() {
        assert_eq!(tag("  Станари  Улице А "), Some("станари улице а".into()));
        assert_eq!((tag(" "), tag("a,b"), tag(&"a".repeat(41))), (None, None, None));
    }
}
