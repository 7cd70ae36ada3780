//! The languages of the pages: Serbian Cyrillic (the source), Serbian Latin (made from it), English.

mod dates;
mod numbers;
mod words;

use std::fmt;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::domain::script;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Language {
    SerbianCyrillic,
    SerbianLatin,
    English,
}

impl Language {
    pub const ALL: [Self; 3] = [Self::SerbianCyrillic, Self::SerbianLatin, Self::English];

    /// BCP 47, as it stands in `lang` attributes, in the cookie and in the configuration.
    pub fn code(self) -> &'static str {
        match self {
            Self::SerbianCyrillic => "sr-Cyrl",
            Self::SerbianLatin => "sr-Latn",
            Self::English => "en",
        }
    }

    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|l| l.code() == code)
    }

    /// In the language itself, for the switch.
    pub fn own_name(self) -> &'static str {
        match self {
            Self::SerbianCyrillic => "Ћирилица",
            Self::SerbianLatin => "Latinica",
            Self::English => "English",
        }
    }

    pub fn short_name(self) -> &'static str {
        match self {
            Self::SerbianCyrillic => "Ћир",
            Self::SerbianLatin => "Lat",
            Self::English => "EN",
        }
    }
}

/// Everything that turns data into what one reader sees: language, time zone, and what "today" is.
#[derive(Clone, Debug)]
pub struct Locale {
    pub language: Language,
    pub zone: TimeZone,
    pub now: Timestamp,
}

impl Locale {
    pub fn code(&self) -> &'static str {
        self.language.code()
    }

    /// The words of a key of the `.ftl` files.
    pub fn say(&self, key: &str) -> String {
        words::format(self.language, key, &[])
    }

    /// The words of a key that counts something (`{ $count -> ... }`), by the plural rules of the language.
    pub fn count(&self, key: &str, count: i64) -> String {
        words::format(self.language, key, &[("count", words::Value::Number(count))])
    }

    /// The words of a key with one named value in them.
    pub fn with(&self, key: &str, name: &str, value: impl fmt::Display) -> String {
        words::format(self.language, key, &[(name, words::Value::Text(value.to_string()))])
    }

    /// The words of a key with several named values in them.
    pub fn with_values(&self, key: &str, values: &[(&str, String)]) -> String {
        let values: Vec<_> =
            values.iter().map(|(name, value)| (*name, words::Value::Text(value.clone()))).collect();
        words::format(self.language, key, &values)
    }

    /// The words of a key that is made of a stored word, for example a status.
    pub fn word(&self, group: &str, word: &str) -> String {
        self.say(&format!("{group}-{}", word.replace('_', "-")))
    }

    /// A name that an administrator wrote in Serbian Cyrillic, and perhaps in English.
    pub fn name(&self, serbian: &str, english: Option<&str>) -> String {
        match (self.language, english) {
            (Language::English, Some(english)) if !english.is_empty() => english.to_owned(),
            (Language::SerbianCyrillic, _) => serbian.to_owned(),
            _ => script::to_latin(serbian),
        }
    }
}

#[cfg(test)]
pub mod tests {
    use super::*;

    pub fn locale(language: Language) -> Locale {
        Locale {
            language,
            zone: TimeZone::get("Europe/Belgrade").unwrap(),
            now: "2026-11-22T15:30:00Z".parse().unwrap(),
        }
    }

    #[test]
    fn plurals_follow_each_language() {
        let counts = |language| [1, 2, 5, 21].map(|n| locale(language).count("fresh-cases", n));
        assert_eq!(
            counts(Language::SerbianCyrillic),
            ["нов предмет", "нова предмета", "нових предмета", "нов предмет"]
        );
        assert_eq!(
            counts(Language::SerbianLatin),
            ["nov predmet", "nova predmeta", "novih predmeta", "nov predmet"]
        );
        assert_eq!(counts(Language::English), ["new case", "new cases", "new cases", "new cases"]);
    }

    #[test]
    fn names_of_data_are_shown_in_the_readers_script() {
        let latin = locale(Language::SerbianLatin);
        assert_eq!(latin.name("Водовод и канализација", Some("Water")), "Vodovod i kanalizacija");
        assert_eq!(locale(Language::English).name("Водовод", Some("Water")), "Water");
        assert_eq!(locale(Language::English).name("Водовод", None), "Vodovod");
    }
}
