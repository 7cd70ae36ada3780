//! What a clerk, an operator, a citizen's page or another program writes down when somebody brings something: a case as it is asked for.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::case::Channel;
pub use super::email::EmailAddress;
use super::id::{CategoryId, PersonId, QuestionId};
pub use super::notice::TellBy;
use super::phone::PhoneNumber;
use super::words::words;

words! {
    /// How a paper came.
    HandedIn {
        Hand = "hand",
        Post = "post",
    }
}

/// A paper that was handed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    pub pages: Option<u32>,
    /// As it stands on the paper.
    pub dated: Option<Date>,
    /// The sender's own mark; empty when there is none.
    pub reference: String,
    pub by: HandedIn,
}

/// Whose case it becomes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IntakePerson {
    Known(PersonId),
    /// Who has this number or address already is that person.
    Named {
        name: String,
        address: String,
        phone: Option<PhoneNumber>,
        email: Option<EmailAddress>,
    },
    Anonymous,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Intake {
    /// Chosen by whoever asks: the same key is the same case, however often it is asked for.
    pub key: String,
    pub channel: Channel,
    pub person: IntakePerson,
    pub category: CategoryId,
    /// To what is asked for the category.
    pub answers: Vec<(QuestionId, String)>,
    pub words: String,
    /// Where the problem is.
    pub place: String,
    /// `sr-Cyrl`, `sr-Latn` or `en`; `None`: as before.
    pub language: Option<String>,
    pub tell_by: Option<TellBy>,
    pub document: Option<Document>,
}

words! {
    /// What is wrong with a field.
    Problem {
        Missing = "missing",
        TooLong = "too_long",
        NotANumber = "not_a_number",
        NotADate = "not_a_date",
        NotAChoice = "not_a_choice",
        NotAPhone = "not_a_phone",
        NotAnEmail = "not_an_email",
        /// The chosen channel needs a number or an address that was not given.
        Unreachable = "unreachable",
        InTheFuture = "in_the_future",
    }
}

/// A field by its name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Wrong {
    pub field: String,
    pub problem: Problem,
}

/// What citizens write in a form: some pages.
pub const WORDS_MAX_CHARS: usize = 20_000;
/// A name, a place, an answer.
pub const LINE_MAX_CHARS: usize = 300;
const KEY_MAX_CHARS: usize = 80;
pub const LANGUAGES: &[&str] = &["sr-Cyrl", "sr-Latn", "en"];
/// Channels by which somebody brings something that others write down.
pub const CHANNELS: &[Channel] = &[Channel::Document, Channel::Visit, Channel::Web, Channel::Email];

impl Intake {
    /// All that is wrong but the answers, in the order of the form. `today` is that of the place.
    pub fn check(&self, today: Date) -> Vec<Wrong> {
        let mut wrong = Wrongs::default();
        if self.key.is_empty() || self.key.chars().count() > KEY_MAX_CHARS {
            wrong.add("key", if self.key.is_empty() { Problem::Missing } else { Problem::TooLong });
        }
        if !CHANNELS.contains(&self.channel) {
            wrong.add("channel", Problem::NotAChoice);
        }
        self.check_person(&mut wrong);
        // A paper speaks for itself: its scan is the words.
        if self.words.trim().is_empty() && self.channel != Channel::Document {
            wrong.add("words", Problem::Missing);
        }
        if self.words.chars().count() > WORDS_MAX_CHARS {
            wrong.add("words", Problem::TooLong);
        }
        wrong.line("place", &self.place);
        if self.language.as_deref().is_some_and(|language| !LANGUAGES.contains(&language)) {
            wrong.add("language", Problem::NotAChoice);
        }
        if let Some(document) = &self.document {
            wrong.line("reference", &document.reference);
            if document.dated.is_some_and(|dated| dated > today) {
                wrong.add("dated", Problem::InTheFuture);
            }
        }
        wrong.0
    }

    fn check_person(&self, wrong: &mut Wrongs) {
        match &self.person {
            IntakePerson::Known(_) => {}
            IntakePerson::Named { name, address, phone, email } => {
                if name.trim().is_empty() && phone.is_none() && email.is_none() {
                    wrong.add("name", Problem::Missing);
                }
                wrong.line("name", name);
                wrong.line("address", address);
                let reached = match self.tell_by {
                    Some(TellBy::Sms) => phone.is_some(),
                    Some(TellBy::Email) => email.is_some(),
                    Some(TellBy::Post) => !address.trim().is_empty(),
                    Some(TellBy::Nothing) | None => true,
                };
                if !reached {
                    wrong.add("tell_by", Problem::Unreachable);
                }
            }
            IntakePerson::Anonymous => {
                if self.tell_by.is_some_and(|by| by != TellBy::Nothing) {
                    wrong.add("tell_by", Problem::Unreachable);
                }
            }
        }
    }
}

#[derive(Default)]
struct Wrongs(Vec<Wrong>);

impl Wrongs {
    fn add(&mut self, field: &str, problem: Problem) {
        self.0.push(Wrong { field: field.to_owned(), problem });
    }

    fn line(&mut self, field: &str, text: &str) {
        if text.chars().count() > LINE_MAX_CHARS {
            self.add(field, Problem::TooLong);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn intake() -> Intake {
        Intake {
            key: "k".into(),
            channel: Channel::Visit,
            person: IntakePerson::Anonymous,
            category: CategoryId(1),
            answers: Vec::new(),
            words: "Рупа на путу".into(),
            place: String::new(),
            language: None,
            tell_by: None,
            document: None,
        }
    }

    fn wrong(intake: &Intake) -> Vec<(String, Problem)> {
        let today = "2026-11-22".parse().unwrap();
        intake.check(today).into_iter().map(|wrong| (wrong.field, wrong.problem)).collect()
    }

    #[test]
    fn everything_that_is_wrong_is_said_at_once() {
        assert!(wrong(&intake()).is_empty());
        let bad = Intake {
            key: String::new(),
            channel: Channel::Call,
            words: " ".into(),
            place: "х".repeat(301),
            language: Some("de".into()),
            tell_by: Some(TellBy::Sms),
            document: Some(Document {
                pages: None,
                dated: Some("2026-11-23".parse().unwrap()),
                reference: String::new(),
                by: HandedIn::Hand,
            }),
            ..intake()
        };
        let fields: Vec<String> = wrong(&bad).into_iter().map(|(field, _)| field).collect();
        assert_eq!(fields, ["key", "channel", "tell_by", "words", "place", "language", "dated"]);
    }

    #[test]
    fn a_paper_needs_no_words_and_anybody_else_does() {
        let silent = Intake { words: String::new(), ..intake() };
        assert_eq!(wrong(&silent), [("words".into(), Problem::Missing)]);
        assert!(wrong(&Intake { channel: Channel::Document, ..silent }).is_empty());
    }

    #[test]
    fn who_wants_to_be_told_can_be_told() {
        let named = |phone: Option<&str>, tell_by| Intake {
            person: IntakePerson::Named {
                name: "Мира".into(),
                address: String::new(),
                phone: phone.map(|phone| PhoneNumber::parse(phone, "RS").unwrap()),
                email: None,
            },
            tell_by: Some(tell_by),
            ..intake()
        };
        assert!(wrong(&named(Some("0641234567"), TellBy::Sms)).is_empty());
        assert_eq!(wrong(&named(None, TellBy::Sms)), [("tell_by".into(), Problem::Unreachable)]);
        assert_eq!(wrong(&named(None, TellBy::Post)), [("tell_by".into(), Problem::Unreachable)]);
        assert!(wrong(&named(None, TellBy::Nothing)).is_empty());
    }
}
