//! What people read or hear, in Serbian in both scripts and in English.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::super::person::PersonLanguage;
use super::super::script::to_latin;

/// One text in up to three writings. Latin is made from the Cyrillic unless somebody wrote it; the other way is not exact, so words that
/// are written in Latin only stay Latin.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Texts {
    #[serde(rename = "sr-Cyrl", skip_serializing_if = "String::is_empty")]
    pub cyrillic: String,
    #[serde(rename = "sr-Latn", skip_serializing_if = "String::is_empty")]
    pub latin: String,
    #[serde(rename = "en", skip_serializing_if = "String::is_empty")]
    pub english: String,
}

impl Texts {
    pub fn new(cyrillic: &str, english: &str) -> Self {
        Self { cyrillic: cyrillic.to_owned(), latin: String::new(), english: english.to_owned() }
    }

    /// In that language, or in the nearest that is there: better other words than none.
    pub fn in_language(&self, language: PersonLanguage) -> Cow<'_, str> {
        let order: [PersonLanguage; 3] = match language {
            PersonLanguage::SerbianCyrillic => [CYRILLIC, LATIN, ENGLISH],
            PersonLanguage::SerbianLatin => [LATIN, CYRILLIC, ENGLISH],
            PersonLanguage::English => [ENGLISH, LATIN, CYRILLIC],
        };
        order.into_iter().find_map(|language| self.exact(language)).unwrap_or_default()
    }

    /// Whether it can be said in that language without falling back on another.
    pub fn has(&self, language: PersonLanguage) -> bool {
        self.exact(language).is_some()
    }

    pub fn is_empty(&self) -> bool {
        self.written().all(|text| text.trim().is_empty())
    }

    /// Characters of the longest writing.
    pub fn longest(&self) -> usize {
        self.written().map(|text| text.chars().count()).max().unwrap_or_default()
    }

    fn written(&self) -> impl Iterator<Item = &str> {
        [&self.cyrillic, &self.latin, &self.english].into_iter().map(String::as_str)
    }

    fn exact(&self, language: PersonLanguage) -> Option<Cow<'_, str>> {
        let words = |text: &'_ str| !text.trim().is_empty();
        match language {
            PersonLanguage::SerbianLatin if !words(&self.latin) => {
                words(&self.cyrillic).then(|| Cow::Owned(to_latin(self.cyrillic.trim())))
            }
            PersonLanguage::SerbianCyrillic => words(&self.cyrillic).then(|| self.cyrillic.trim().into()),
            PersonLanguage::SerbianLatin => Some(self.latin.trim().into()),
            PersonLanguage::English => words(&self.english).then(|| self.english.trim().into()),
        }
    }
}

const CYRILLIC: PersonLanguage = PersonLanguage::SerbianCyrillic;
const LATIN: PersonLanguage = PersonLanguage::SerbianLatin;
const ENGLISH: PersonLanguage = PersonLanguage::English;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latin_is_made_from_cyrillic_unless_somebody_wrote_it() {
        let mut texts = Texts::new("Љубав", "Love");
        assert_eq!(texts.in_language(LATIN), "Ljubav");
        texts.latin = "Ljubav (lat.)".into();
        assert_eq!(texts.in_language(LATIN), "Ljubav (lat.)");
        assert_eq!(texts.in_language(CYRILLIC), "Љубав");
    }

    #[test]
    fn missing_language_falls_back_and_is_known_to_be_missing() {
        let texts = Texts { latin: "Samo latinicom".into(), ..Texts::default() };
        assert!(!texts.has(CYRILLIC) && !texts.has(ENGLISH) && texts.has(LATIN));
        assert_eq!(texts.in_language(CYRILLIC), "Samo latinicom");
        assert_eq!(
            Texts::new("Добро", "").in_language(ENGLISH),
            "Dobro",
            "an English reader reads Latin letters"
        );
        assert_eq!(Texts::default().in_language(ENGLISH), "");
    }
}
