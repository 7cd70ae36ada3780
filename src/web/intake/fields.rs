//! What was typed, as it was typed: read into an intake, or shown again with what is wrong with it.

use std::collections::BTreeMap;

use crate::domain::case::Channel;
use crate::domain::file::Kept;
use crate::domain::id::{CategoryId, PersonId, QuestionId};
use crate::domain::intake::{Document, EmailAddress, HandedIn, Intake, IntakePerson, Problem, TellBy, Wrong};
use crate::domain::phone::PhoneNumber;
use crate::web::questions;

/// Everything of the form but the files, by the names of its fields.
#[derive(Clone, Debug, Default)]
pub struct Fields(pub BTreeMap<String, String>);

/// A file of the form that is shown again: it need not be chosen anew.
#[derive(Clone, Debug)]
pub struct KeptFile {
    pub token: String,
    pub name: String,
}

impl Fields {
    pub fn new(pairs: Vec<(String, String)>) -> Self {
        // The last one of a name: a checkbox stands behind its empty twin.
        Self(pairs.into_iter().collect())
    }

    pub fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    pub fn is(&self, name: &str, value: &str) -> bool {
        self.get(name) == value
    }

    /// With the problems that reading already finds: what is no number is kept as it was typed and said to be none.
    pub fn intake(&self, country: &str) -> Result<Intake, Vec<Wrong>> {
        let mut wrong = Vec::new();
        let mut note = |field: &str, problem| wrong.push(Wrong { field: field.to_owned(), problem });
        let channel = self.get("channel").parse::<Channel>().unwrap_or_else(|_| {
            note("channel", Problem::Missing);
            Channel::Visit
        });
        let person = self.person(country, &mut note);
        let category = self.get("category").parse().map(CategoryId).unwrap_or_else(|_| {
            note("category", Problem::Missing);
            CategoryId(0)
        });
        let document = (channel == Channel::Document).then(|| self.document(&mut note));
        let tell_by = match self.get("tell_by") {
            "" => None,
            word => word.parse::<TellBy>().map_err(|_| note("tell_by", Problem::NotAChoice)).ok(),
        };
        let intake = Intake {
            key: self.get("key").to_owned(),
            channel,
            person,
            category,
            answers: self.answers(),
            words: self.get("words").replace("\r\n", "\n"),
            place: self.get("place").trim().to_owned(),
            language: Some(self.get("language").to_owned()).filter(|language| !language.is_empty()),
            tell_by,
            document,
        };
        if wrong.is_empty() { Ok(intake) } else { Err(wrong) }
    }

    pub fn answers(&self) -> Vec<(QuestionId, String)> {
        let pairs: Vec<_> = self.0.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
        questions::sent(&pairs)
    }

    fn person(&self, country: &str, note: &mut impl FnMut(&str, Problem)) -> IntakePerson {
        if self.is("anonymous", "yes") {
            return IntakePerson::Anonymous;
        }
        if let Ok(id) = self.get("person").parse() {
            return IntakePerson::Known(PersonId(id));
        }
        let phone = match self.get("phone").trim() {
            "" => None,
            text => {
                let phone = PhoneNumber::parse(text, country).ok();
                if phone.is_none() {
                    note("phone", Problem::NotAPhone);
                }
                phone
            }
        };
        let email = match self.get("email").trim() {
            "" => None,
            text => {
                let email = EmailAddress::parse(text).ok();
                if email.is_none() {
                    note("email", Problem::NotAnEmail);
                }
                email
            }
        };
        let line = |name| self.get(name).trim().to_owned();
        IntakePerson::Named { name: line("name"), address: line("address"), phone, email }
    }

    fn document(&self, note: &mut impl FnMut(&str, Problem)) -> Document {
        let pages = match self.get("pages").trim() {
            "" => None,
            text => match text.parse::<u32>() {
                Ok(pages) if (1..=10_000).contains(&pages) => Some(pages),
                _ => {
                    note("pages", Problem::NotANumber);
                    None
                }
            },
        };
        let dated = match self.get("dated").trim() {
            "" => None,
            text => {
                let date = text.parse().ok();
                if date.is_none() {
                    note("dated", Problem::NotADate);
                }
                date
            }
        };
        let by = self.get("handed_in").parse().unwrap_or(HandedIn::Hand);
        Document { pages, dated, reference: self.get("reference").trim().to_owned(), by }
    }
}

impl KeptFile {
    pub fn new(token: String, file: &Kept) -> Self {
        Self { token, name: file.name.to_string() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(pairs: &[(&str, &str)]) -> Fields {
        Fields::new(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn what_cannot_be_read_is_named_by_its_field() {
        let typed = fields(&[
            ("channel", "document"),
            ("category", "3"),
            ("phone", "abc"),
            ("email", "mira@"),
            ("pages", "много"),
            ("dated", "31.2.2026"),
        ]);
        let wrong = typed.intake("RS").unwrap_err();
        let fields: Vec<_> = wrong.iter().map(|wrong| wrong.field.as_str()).collect();
        assert_eq!(fields, ["phone", "email", "pages", "dated"]);
    }

    #[test]
    fn chosen_person_counts_more_than_what_was_typed_before() {
        let typed = fields(&[("channel", "visit"), ("category", "3"), ("person", "7"), ("name", "М")]);
        assert_eq!(typed.intake("RS").unwrap().person, IntakePerson::Known(PersonId(7)));
        let hidden =
            fields(&[("channel", "visit"), ("category", "3"), ("person", "7"), ("anonymous", "yes")]);
        assert_eq!(hidden.intake("RS").unwrap().person, IntakePerson::Anonymous);
    }
}
