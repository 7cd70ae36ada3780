//! Telephone numbers, stored as E.164.

use std::fmt;

use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumber as Parsed, PhoneNumberType, Region};
use serde::Serialize;

/// A valid number in E.164 notation with its plus sign, for example `+381641234567`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct PhoneNumber(String);

/// A text that is no telephone number: a short code, an alphanumeric sender, a typing mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a telephone number")]
pub struct NotANumber;

/// E.164 allows 15 digits; people add spaces, brackets and slashes. Longer input is not worth parsing.
const LONGEST_NOTATION: usize = 40;
/// Below this it is a short code (1234, 9191), which only its own network can dial.
const FEWEST_DIGITS: usize = 6;

impl PhoneNumber {
    /// Any notation that people and networks use: `064/123-45-67`, `+381 64 1234567`, `00381641234567`, `381641234567`.
    /// `country` is the ISO code of the country that numbers without a country code belong to.
    pub fn parse(text: &str, country: &str) -> Result<Self, NotANumber> {
        let text = text.trim();
        let digits = text.chars().filter(char::is_ascii_digit).count();
        let foreign = |c: char| !(c.is_ascii_digit() || " +-/().\u{a0}".contains(c));
        if text.len() > LONGEST_NOTATION || digits < FEWEST_DIGITS || text.chars().any(foreign) {
            return Err(NotANumber);
        }
        let region: Region = country.parse().map_err(|_| NotANumber)?;
        let local = Parsed::parse(text, Some(region)).ok().filter(Parsed::is_valid);
        // Networks send numbers with country code but without the plus sign.
        let bare = || {
            let first = text.starts_with(|c: char| c.is_ascii_digit() && c != '0');
            let number = first.then(|| Parsed::parse(format!("+{text}"), None).ok()).flatten()?;
            number.is_valid().then_some(number)
        };
        local.or_else(bare).map(|number| Self(number.to_string())).ok_or(NotANumber)
    }

    /// What was stored by [`PhoneNumber::as_str`]: only its form is checked, for it was parsed when it came in.
    pub fn from_stored(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('+')?;
        let form = (FEWEST_DIGITS..=15).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
        form.then(|| Self(text.to_owned()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The ways in which people look for it, as digits only: with country code, as dialled at home, and the last seven and
    /// six digits, which people remember without the area.
    pub fn search_forms(&self) -> Vec<String> {
        let digits = self.0.trim_start_matches('+');
        let national =
            Parsed::parse(&self.0, None).map(|n| n.get_national_significant_number()).unwrap_or_default();
        let mut forms = vec![digits.to_owned()];
        if !national.is_empty() {
            forms.push(format!("0{national}"));
        }
        for last in [7, 6] {
            forms.extend(digits.get(digits.len().saturating_sub(last)..).map(str::to_owned));
        }
        forms
    }

    /// Whether a text may reach it: of a land line we know that it does not.
    pub fn takes_texts(&self) -> bool {
        Parsed::parse(&self.0, None).map_or(true, |number| {
            !matches!(number.get_type(), PhoneNumberType::FixedLine | PhoneNumberType::TollFree)
        })
    }

    /// Whether it belongs to another country than `country` (its ISO code).
    pub fn is_foreign(&self, country: &str) -> bool {
        let home = country
            .parse::<Region>()
            .ok()
            .and_then(|home| PHONE_NUMBER_UTIL.get_country_code_for_region(home));
        let own = Parsed::parse(&self.0, None).ok().map(|number| number.country_code);
        own.is_none() || own != home
    }

    /// For logs: enough to recognise, not enough to call back.
    pub fn masked(&self) -> String {
        let shown = self.0.get(..self.0.len().saturating_sub(4)).unwrap_or_default();
        format!("{shown}****")
    }
}

impl fmt::Display for PhoneNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_notation_of_a_number_is_the_same_number() {
        for notation in [
            "064/123-45-67",
            "+381 64 1234567",
            "00381641234567",
            "381641234567",
            "0641234567",
            " (064) 123 4567 ",
        ] {
            let number = PhoneNumber::parse(notation, "RS").map(|n| n.to_string());
            assert_eq!(number.as_deref(), Ok("+381641234567"), "{notation}");
        }
        assert_eq!(PhoneNumber::parse("+38121480000", "RS").unwrap().as_str(), "+38121480000");
        assert_eq!(PhoneNumber::parse("+4915123456789", "RS").unwrap().as_str(), "+4915123456789");
    }

    #[test]
    fn short_codes_and_names_are_no_numbers() {
        for text in ["1234", "9191", "Telekom", "INFO 064", "", "+", "anonymous", "999999999999999999999"] {
            assert_eq!(PhoneNumber::parse(text, "RS"), Err(NotANumber), "{text}");
        }
    }

    #[test]
    fn stored_number_comes_back_without_parsing() {
        let number = PhoneNumber::parse("0641234567", "RS").unwrap();
        assert_eq!(PhoneNumber::from_stored(number.as_str()), Some(number));
        assert_eq!(PhoneNumber::from_stored("Telekom"), None);
        assert_eq!(PhoneNumber::from_stored("+38164abc"), None);
    }

    #[test]
    fn number_is_looked_for_as_dialled_at_home_too() {
        let forms = PhoneNumber::parse("0641234567", "RS").unwrap().search_forms();
        assert_eq!(forms, ["381641234567", "0641234567", "1234567", "234567"]);
    }

    #[test]
    fn log_shows_no_whole_number() {
        assert_eq!(PhoneNumber::parse("0641234567", "RS").unwrap().masked(), "+38164123****");
    }
}
