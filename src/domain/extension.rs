//! The short number by which colleagues dial one another.

use std::fmt;

/// Two to six digits; not beginning with 0, which leads out of the house.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Extension(String);

/// Where automatic numbering begins.
const FIRST: u32 = 201;

impl Extension {
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let digits = text.bytes().all(|b| b.is_ascii_digit());
        (digits && (2..=6).contains(&text.len()) && !text.starts_with('0')).then(|| Self(text.to_owned()))
    }

    /// The lowest one from 201 on that nobody has. `taken` in any order.
    pub fn free(taken: &[Self]) -> Self {
        let taken: std::collections::HashSet<&str> = taken.iter().map(Self::as_str).collect();
        let free = (FIRST..1_000_000).map(|number| number.to_string()).find(|n| !taken.contains(n.as_str()));
        // Nobody has a million operators.
        Self(free.unwrap_or_else(|| FIRST.to_string()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Extension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extension_is_short_and_no_way_out() {
        for good in ["20", "201", " 999999 "] {
            assert!(Extension::parse(good).is_some(), "{good}");
        }
        for bad in ["", "2", "0201", "1234567", "20a", "+20", "１２"] {
            assert!(Extension::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn lowest_free_number_is_given() {
        let taken: Vec<_> = ["201", "203", "55"].iter().filter_map(|n| Extension::parse(n)).collect();
        assert_eq!(Extension::free(&taken).as_str(), "202");
        assert_eq!(Extension::free(&[]).as_str(), "201");
    }
}
