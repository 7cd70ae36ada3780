//! What the checker and the simulator say, in the reader's language.

use crate::dialplan::phrase::{Phrase, Value};
use crate::web::i18n::Locale;

pub fn words(locale: &Locale, phrase: &Phrase) -> String {
    let values = phrase.values().into_iter().map(|(name, value)| {
        let said = match value {
            Value::Text(text) => text.clone(),
            Value::Name { serbian, english } => locale.name(serbian, Some(english)),
            Value::Phrase(part) => words(locale, part),
        };
        (name, said)
    });
    let values: Vec<(&str, String)> = values.collect();
    locale.with_values(&format!("says-{}", phrase.key().replace('_', "-")), &values)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::i18n::Language;
    use crate::web::i18n::tests::locale;

    #[test]
    fn english_pages_say_what_the_command_line_says() {
        let english = locale(Language::English);
        for phrase in Phrase::samples() {
            assert_eq!(words(&english, &phrase), phrase.to_string());
        }
    }

    #[test]
    fn every_phrase_is_said_in_serbian_with_all_its_values() {
        for phrase in Phrase::samples() {
            let (cyrillic, latin) = (
                words(&locale(Language::SerbianCyrillic), &phrase),
                words(&locale(Language::SerbianLatin), &phrase),
            );
            for (name, _) in phrase.values() {
                assert!(cyrillic.contains(&format!("<{name}>")), "{name}: {cyrillic}");
            }
            assert!(latin.chars().all(|c| !('\u{400}'..'\u{500}').contains(&c)), "{latin}");
            let said = ["way", "the_table"].contains(&phrase.key())
                || crate::domain::script::has_cyrillic(&cyrillic);
            assert!(said, "not translated: {cyrillic}");
        }
    }

    #[test]
    fn parts_of_a_sentence_are_said_in_the_same_language() {
        let serbian = locale(Language::SerbianCyrillic);
        let missing = Phrase::missing(Phrase::the_kind("menu"), "otherwise");
        assert_eq!(words(&serbian, &missing), "Корак врсте menu: недостаје „otherwise“");
        let holiday =
            Phrase::holiday(Value::Name { serbian: "Божић".into(), english: "Christmas".into() });
        assert_eq!(words(&serbian, &holiday), "празник: Божић");
        assert_eq!(words(&locale(Language::SerbianLatin), &holiday), "praznik: Božić");
        assert_eq!(words(&locale(Language::English), &holiday), "holiday: Christmas");
    }
}
