//! What a campaign says: words with fields, in the script and language of each recipient.
//!
//! `{name}` is filled with what the recipient's row has; `{name|neighbours}` says "neighbours" to those whose row has nothing there.
//! Words without a default that a row cannot fill are not sent to that recipient.

use serde::{Deserialize, Serialize};

use super::super::file::BlobHash;
use super::super::person::PersonLanguage;
use super::super::script::{to_latin, without_diacritics};
use super::super::words::words;
use super::ladder::Way;
use super::recipient::Why;

words! {
    /// In which script Serbian words go out.
    Script {
        /// As each of them wants it; as written for those who never said.
        Own = "own",
        Cyrillic = "cyrillic",
        Latin = "latin",
        /// The cheapest text: all of it is in the alphabet of telephones. E-mails keep their diacritics.
        PlainLatin = "plain_latin",
    }
}

/// The same in two languages. English may be empty: then everybody gets the Serbian words.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Words {
    pub sr: String,
    pub en: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    #[serde(default)]
    pub text: Words,
    #[serde(default)]
    pub subject: Words,
    /// Empty: the text.
    #[serde(default)]
    pub letter: Words,
    /// What a call reads. Empty: the text.
    #[serde(default)]
    pub speech: Words,
    pub script: Script,
    /// A recording that is played instead of reading.
    #[serde(default)]
    pub recording: Option<BlobHash>,
}

impl Default for Message {
    fn default() -> Self {
        let (text, subject, letter, speech) = Default::default();
        Self { text, subject, letter, speech, script: Script::Own, recording: None }
    }
}

/// What one recipient gets.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rendered {
    /// Of an e-mail.
    pub subject: String,
    pub words: String,
    /// `sr` or `en`.
    pub language: Option<&'static str>,
}

/// Fields that every recipient may have; a list adds those of its columns.
pub const FIELDS: &[&str] = &["name", "address", "municipality"];

/// Ten parts in Cyrillic. Longer words are a letter.
pub const TEXT_CHARS: usize = 670;
pub const SUBJECT_CHARS: usize = 200;
pub const LETTER_CHARS: usize = 20_000;
/// Two minutes of speech; nobody listens longer to a machine.
pub const SPEECH_CHARS: usize = 1_500;
/// A field's name, and what stands in for it.
const FIELD_CHARS: usize = 120;

/// Which of the words something is said of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    Text,
    Subject,
    Letter,
    Speech,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Mistake {
    #[error("there is nothing to send")]
    Empty,
    #[error("longer than {0} characters")]
    TooLong(usize),
    #[error("there is no field {{{0}}}")]
    UnknownField(String),
    #[error("a brace that is not closed")]
    Unclosed,
    #[error("written in Latin, these words cannot go out in Cyrillic")]
    NotCyrillic,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Piece<'w> {
    Words(&'w str),
    Field { name: &'w str, default: Option<&'w str> },
}

impl Words {
    pub fn is_empty(&self) -> bool {
        self.sr.trim().is_empty() && self.en.trim().is_empty()
    }

    fn of(&self, language: Option<PersonLanguage>) -> (&str, bool) {
        let english = language == Some(PersonLanguage::English);
        let (first, other) = if english { (&self.en, &self.sr) } else { (&self.sr, &self.en) };
        let words = if first.trim().is_empty() { other } else { first };
        (words, std::ptr::eq(words, &self.en))
    }
}

impl Message {
    /// What a way says, with its place.
    pub fn words_of(&self, way: Way) -> (Place, &Words) {
        let or_text =
            |place, words| if Words::is_empty(words) { (Place::Text, &self.text) } else { (place, words) };
        match way {
            Way::Sms | Way::Visit => (Place::Text, &self.text),
            Way::Email => or_text(Place::Letter, &self.letter),
            Way::Voice => or_text(Place::Speech, &self.speech),
        }
    }

    /// Only calls play something.
    pub fn recording_for(&self, way: Way) -> Option<&BlobHash> {
        self.recording.as_ref().filter(|_| way == Way::Voice)
    }

    /// Everything that keeps it from going out by these ways. `knows`: the fields that the recipients have.
    pub fn mistakes(&self, ways: &[Way], knows: impl Fn(&str) -> bool) -> Vec<(Place, Mistake)> {
        let mut found: Vec<(Place, Mistake)> = Vec::new();
        let mut look = |place: Place, words: &Words, most: usize| {
            for one in [&words.sr, &words.en] {
                found.extend(mistake(one, most, &knows).map(|mistake| (place, mistake)));
            }
            let cyrillic = self.script == Script::Cyrillic && !words.sr.trim().is_empty();
            if cyrillic && !super::super::script::has_cyrillic(&words.sr) {
                found.push((place, Mistake::NotCyrillic));
            }
        };
        for way in ways {
            let (place, words) = self.words_of(*way);
            let most = match way {
                Way::Sms => TEXT_CHARS,
                Way::Email | Way::Visit => LETTER_CHARS,
                Way::Voice => SPEECH_CHARS,
            };
            look(place, words, most);
            if *way == Way::Email {
                look(Place::Subject, &self.subject, SUBJECT_CHARS);
            }
        }
        for way in ways {
            let (place, words) = self.words_of(*way);
            let spoken = self.recording_for(*way).is_some();
            if words.is_empty() && !spoken {
                found.push((place, Mistake::Empty));
            }
        }
        if ways.contains(&Way::Email) && self.subject.is_empty() {
            found.push((Place::Subject, Mistake::Empty));
        }
        found.dedup();
        found
    }

    /// The words for one recipient, or why they cannot be said to them.
    pub fn render<'v>(
        &self,
        way: Way,
        language: Option<PersonLanguage>,
        value: impl Fn(&str) -> Option<&'v str>,
    ) -> Result<Rendered, Why> {
        let (_, words) = self.words_of(way);
        let english = words.of(language).1;
        let spoken = (way == Way::Voice).then_some(if english { "en" } else { "sr" });
        let say = |words: &Words, most: usize| -> Result<String, Why> {
            let (words, english) = words.of(language);
            let filled = fill(words, &value).ok_or(Why::MissingField)?;
            let said = if english { filled } else { self.in_script(filled, way, language) };
            if said.chars().count() > most { Err(Why::TooLong) } else { Ok(said) }
        };
        match way {
            Way::Email => Ok(Rendered {
                // A header is one line, whatever a field holds.
                subject: say(&self.subject, SUBJECT_CHARS)?.split_whitespace().collect::<Vec<_>>().join(" "),
                words: say(words, LETTER_CHARS)?,
                language: None,
            }),
            Way::Sms => Ok(Rendered { words: say(words, TEXT_CHARS)?, ..Rendered::default() }),
            Way::Voice => {
                Ok(Rendered { words: say(words, SPEECH_CHARS)?, language: spoken, ..Rendered::default() })
            }
            Way::Visit => Ok(Rendered { words: say(words, LETTER_CHARS)?, ..Rendered::default() }),
        }
    }

    fn in_script(&self, words: String, way: Way, language: Option<PersonLanguage>) -> String {
        match self.script {
            Script::Cyrillic => words,
            Script::Own => match language {
                Some(PersonLanguage::SerbianLatin) => to_latin(&words),
                _ => words,
            },
            Script::Latin => to_latin(&words),
            Script::PlainLatin if way == Way::Sms => without_diacritics(&to_latin(&words)),
            Script::PlainLatin => to_latin(&words),
        }
    }
}

fn mistake(words: &str, most: usize, knows: impl Fn(&str) -> bool) -> Option<Mistake> {
    if words.chars().count() > most {
        return Some(Mistake::TooLong(most));
    }
    let Some(pieces) = parse(words) else { return Some(Mistake::Unclosed) };
    pieces.iter().find_map(|piece| match piece {
        Piece::Field { name, .. } if !knows(name) => Some(Mistake::UnknownField((*name).to_owned())),
        _ => None,
    })
}

/// Names of the fields that the words use.
pub fn fields(words: &str) -> Vec<&str> {
    let name = |piece| match piece {
        Piece::Field { name, .. } => Some(name),
        Piece::Words(_) => None,
    };
    parse(words).unwrap_or_default().into_iter().filter_map(name).collect()
}

/// `None`: a brace that is not closed, or longer than any field.
fn parse(words: &str) -> Option<Vec<Piece<'_>>> {
    let mut pieces = Vec::new();
    let mut rest = words;
    while let Some((before, from)) = rest.split_once('{') {
        let (inside, after) = from.split_once('}')?;
        if inside.contains(['{', '\n']) || inside.chars().count() > FIELD_CHARS {
            return None;
        }
        if !before.is_empty() {
            pieces.push(Piece::Words(before));
        }
        let (name, default) = match inside.split_once('|') {
            Some((name, default)) => (name.trim(), Some(default.trim())),
            None => (inside.trim(), None),
        };
        pieces.push(Piece::Field { name, default });
        rest = after;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Words(rest));
    }
    Some(pieces)
}

fn fill<'v>(words: &str, value: impl Fn(&str) -> Option<&'v str>) -> Option<String> {
    let mut filled = String::with_capacity(words.len() + 32);
    for piece in parse(words)? {
        match piece {
            Piece::Words(words) => filled.push_str(words),
            Piece::Field { name, default } => {
                let given = value(name).map(str::trim).filter(|value| !value.is_empty());
                match given {
                    Some(given) => filled.push_str(given),
                    None => filled.push_str(default?),
                }
            }
        }
    }
    Some(filled.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(sr: &str, en: &str, script: Script) -> Message {
        let text = Words { sr: sr.into(), en: en.into() };
        let subject = Words { sr: "Вода".into(), en: String::new() };
        Message { text, subject, script, ..Message::default() }
    }

    fn ana(field: &str) -> Option<&'static str> {
        match field {
            "name" => Some("Ана Ђорђевић"),
            "street" => Some(""),
            _ => None,
        }
    }

    #[test]
    fn everybody_reads_their_own_script_and_language() {
        let said = |script, way, language| {
            let message = message("{name}, нема воде у Његошевој", "{name}, no water", script);
            message.render(way, language, ana).unwrap().words
        };
        use PersonLanguage::*;
        for (script, way, language, expected) in [
            (Script::Own, Way::Sms, None, "Ана Ђорђевић, нема воде у Његошевој"),
            (Script::Own, Way::Sms, Some(SerbianLatin), "Ana Đorđević, nema vode u Njegoševoj"),
            (Script::Own, Way::Sms, Some(English), "Ана Ђорђевић, no water"),
            (Script::PlainLatin, Way::Sms, None, "Ana Djordjevic, nema vode u Njegosevoj"),
            (Script::PlainLatin, Way::Email, None, "Ana Đorđević, nema vode u Njegoševoj"),
            (Script::Cyrillic, Way::Voice, Some(SerbianLatin), "Ана Ђорђевић, нема воде у Његошевој"),
        ] {
            assert_eq!(said(script, way, language), expected);
        }
    }

    #[test]
    fn what_a_row_does_not_have_is_said_otherwise_or_not_sent() {
        let say =
            |words: &str| message(words, "", Script::Own).render(Way::Sms, None, ana).map(|said| said.words);
        assert_eq!(say("{street|ваша улица}: радови"), Ok("ваша улица: радови".into()));
        assert_eq!(say("{street|}Радови"), Ok("Радови".into()));
        assert_eq!(say("{street}: радови"), Err(Why::MissingField));
        assert_eq!(say(&"ш".repeat(TEXT_CHARS + 1)), Err(Why::TooLong));
    }

    #[test]
    fn mistakes_are_found_before_anybody_gets_them() {
        let find = |words: &str, ways: &[Way]| {
            message(words, "", Script::Cyrillic).mistakes(ways, |field| field == "name")
        };
        assert_eq!(find("Вода {name}", &[Way::Sms, Way::Email]), []);
        assert_eq!(find("Вода {nam}", &[Way::Sms]), [(Place::Text, Mistake::UnknownField("nam".into()))]);
        assert_eq!(find("Вода {name", &[Way::Sms]), [(Place::Text, Mistake::Unclosed)]);
        assert_eq!(find("", &[Way::Sms]), [(Place::Text, Mistake::Empty)]);
        assert_eq!(find("Voda", &[Way::Sms]), [(Place::Text, Mistake::NotCyrillic)]);
        let long = "в".repeat(TEXT_CHARS + 1);
        assert_eq!(find(&long, &[Way::Sms]), [(Place::Text, Mistake::TooLong(TEXT_CHARS))]);
    }

    #[test]
    fn a_field_cannot_break_out_of_the_subject() {
        let mut message = message("а", "", Script::Own);
        message.subject.sr = "{name}".into();
        let said = message.render(Way::Email, None, |_| Some("Ана\r\nBcc: zla@example.rs")).unwrap();
        assert_eq!(said.subject, "Ана Bcc: zla@example.rs");
    }

    #[test]
    fn a_filled_field_is_not_filled_again() {
        let said = message("{name}", "", Script::Own).render(Way::Sms, None, |_| Some("{name}")).unwrap();
        assert_eq!(said.words, "{name}");
    }
}
