//! What people dial, as the number that it means, and back into the notation that a trunk wants.

use serde::Deserialize;

/// How numbers are dialled in the country of the municipality.
#[derive(Clone, Debug)]
pub struct Numbering {
    pub country_code: String,
    pub national_prefix: String,
    pub international_prefix: String,
    /// Put before numbers without a prefix. Empty: such numbers mean nothing.
    pub area_code: String,
}

/// How a number is written towards a trunk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum NumberForm {
    /// `+38121480000`
    #[default]
    Plus,
    /// `38121480000`
    Bare,
    /// `021480000` at home, `0043...` abroad.
    National,
    /// `0038121480000`
    Zeros,
}

/// E.164: at most 15 digits; no number that is reached from abroad has fewer than 7 with its country code.
const DIGITS: std::ops::RangeInclusive<usize> = 7..=15;

/// Fewer digits without a prefix are a short code and not a subscriber of the own area.
const LEAST_LOCAL: usize = 5;

/// Without the marks that people write for the eye.
pub(super) fn plain(dialled: &str) -> String {
    let marks = |c: &char| !c.is_whitespace() && !matches!(c, '-' | '.' | '/' | '(' | ')');
    dialled.chars().filter(marks).collect()
}

impl Numbering {
    /// Whether a number can be reached at all is for the network to say; rules look at prefixes, so only the form is judged here.
    pub(super) fn e164(&self, dialled: &str) -> Option<String> {
        let after = |prefix: &str| {
            (!prefix.is_empty()).then(|| dialled.strip_prefix(prefix)).flatten().map(str::to_owned)
        };
        let digits = if let Some(whole) = after("+").or_else(|| after(&self.international_prefix)) {
            whole
        } else if let Some(national) = after(&self.national_prefix) {
            format!("{}{national}", self.country_code)
        } else if !self.area_code.is_empty() && dialled.len() >= LEAST_LOCAL {
            let area = self.area_code.strip_prefix(self.national_prefix.as_str()).unwrap_or(&self.area_code);
            format!("{}{area}{dialled}", self.country_code)
        } else {
            return None;
        };
        let sound = DIGITS.contains(&digits.len())
            && digits.bytes().all(|b| b.is_ascii_digit())
            && !digits.starts_with('0');
        // `+381 0900..` is read as `0900..` by some exchanges; taken literally it would slip past the premium prefixes.
        let doubled = digits
            .strip_prefix(self.country_code.as_str())
            .is_some_and(|rest| !self.national_prefix.is_empty() && rest.starts_with(&self.national_prefix));
        (sound && !doubled).then(|| format!("+{digits}"))
    }

    pub(super) fn is_home(&self, number: &str) -> bool {
        number.strip_prefix('+').is_some_and(|digits| digits.starts_with(self.country_code.as_str()))
    }

    /// Short numbers stay as they are.
    pub fn write(&self, number: &str, form: NumberForm) -> String {
        let Some(digits) = number.strip_prefix('+') else { return number.to_owned() };
        match (form, digits.strip_prefix(self.country_code.as_str())) {
            (NumberForm::Plus, _) => number.to_owned(),
            (NumberForm::Bare, _) => digits.to_owned(),
            (NumberForm::National, Some(national)) => format!("{}{national}", self.national_prefix),
            (NumberForm::National, None) | (NumberForm::Zeros, _) => {
                format!("{}{digits}", self.international_prefix)
            }
        }
    }
}
