//! Lists of people as institutions really keep them: what their columns mean, and what of each row can be reached. Nothing is stored here
//! and nobody is looked up; a row is understood, or somebody is told what is wrong with it.

mod address;
mod columns;
mod field_name;
mod heading;
mod name;
#[cfg(test)]
mod tests;

pub use columns::{Column, Columns};

use super::email::EmailAddress;
use super::person::PersonLanguage;
use super::phone::PhoneNumber;
use super::words::words;

words! {
    /// What a column says of a person. Several columns may say the same.
    Meaning {
        Name = "name",
        GivenName = "given_name",
        FamilyName = "family_name",
        Phone = "phone",
        Email = "email",
        Address = "address",
        Language = "language",
        /// Something of the list's own, for the words of the message.
        Field = "field",
        /// The number of the row, or what somebody does not want.
        Ignored = "ignored",
    }
}

words! {
    /// What is wrong with a row, or strange in it.
    What {
        /// Neither a telephone number nor an e-mail address nor where they live.
        NoAddress = "no_address",
        /// They can only be visited, or get a letter.
        OnlyByPost = "only_by_post",
        NotAPhone = "not_a_phone",
        /// A spreadsheet made a power of ten of it and has lost its last digits.
        RoundedPhone = "rounded_phone",
        /// A land line or a number of a kind that gets no texts.
        LandLine = "land_line",
        ForeignPhone = "foreign_phone",
        /// One of them was taken, a mobile one where there is one.
        SeveralPhones = "several_phones",
        NotAnEmail = "not_an_email",
        /// Nobody reads what is sent there.
        UnreadEmail = "unread_email",
        /// The first was taken.
        SeveralEmails = "several_emails",
        UnknownLanguage = "unknown_language",
        NoName = "no_name",
        /// It was cut.
        TooLong = "too_long",
        /// More cells than the list has columns: often a separator within an address.
        TooManyCells = "too_many_cells",
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    pub line: u32,
    /// From 0; `None`: it is about the whole row.
    pub column: Option<usize>,
    /// As the list has it, cut to [`SHOWN_CHARS`].
    pub value: String,
    pub what: What,
}

/// Somebody who can be reached in at least one way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact {
    pub line: u32,
    /// Empty where the list has none.
    pub name: String,
    pub phone: Option<PhoneNumber>,
    pub email: Option<EmailAddress>,
    /// Where they live; empty where the list has none.
    pub address: String,
    pub language: Option<PersonLanguage>,
    /// By the names of [`Columns::fields`], without empty ones.
    pub fields: Vec<(String, String)>,
}

/// What became of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reading {
    Usable { contact: Contact, warnings: Vec<Fault> },
    Unusable { faults: Vec<Fault> },
}

/// Of a value in a fault.
pub const SHOWN_CHARS: usize = 120;
const LONGEST_NAME: usize = 200;
const LONGEST_ADDRESS: usize = 300;
const LONGEST_FIELD: usize = 500;

/// Understands a row. `country`: whose telephone numbers have no country code.
pub fn read(line: u32, cells: &[String], columns: &Columns, country: &str) -> Reading {
    let mut row = Row { line, cells, columns, faults: Vec::new() };
    let phone = row.phone(country);
    let email = row.email();
    let language = row.language();
    let address = row.cut(columns.address(cells), LONGEST_ADDRESS, Meaning::Address);
    let name = row.cut(columns.name(cells), LONGEST_NAME, Meaning::Name);
    let fields = row.fields();
    row.judge(phone.is_some() || email.is_some(), &name, &address);
    if phone.is_none() && email.is_none() && address.is_empty() {
        return Reading::Unusable { faults: row.faults };
    }
    let contact = Contact { line, name, phone, email, address, language, fields };
    Reading::Usable { contact, warnings: row.faults }
}

struct Row<'r> {
    line: u32,
    cells: &'r [String],
    columns: &'r Columns,
    faults: Vec<Fault>,
}

impl<'r> Row<'r> {
    /// Cells of a meaning that say something, with their columns.
    fn of(&self, meaning: Meaning) -> impl Iterator<Item = (usize, &'r str)> + use<'r> {
        let (cells, columns) = (self.cells, self.columns);
        columns.of_meaning(meaning).filter_map(|column| Some((column, said(cells.get(column)?)?)))
    }

    fn fault(&mut self, column: Option<usize>, value: &str, what: What) {
        let value = value.chars().take(SHOWN_CHARS).collect();
        self.faults.push(Fault { line: self.line, column, value, what });
    }

    /// The first that gets texts, or else the first.
    fn phone(&mut self, country: &str) -> Option<PhoneNumber> {
        let mut best: Option<(usize, &str, PhoneNumber)> = None;
        for (column, value) in self.of(Meaning::Phone) {
            let found = address::phones(value, country);
            if let Some(what) = found.fault {
                self.fault(Some(column), value, what);
            }
            let several = found.good.len() > 1;
            let first = found.good.iter().position(PhoneNumber::takes_texts).unwrap_or(0);
            let Some(number) = found.good.into_iter().nth(first) else { continue };
            if several {
                self.fault(Some(column), value, What::SeveralPhones);
            }
            let is_better = best.as_ref().is_none_or(|(.., of)| !of.takes_texts() && number.takes_texts());
            if is_better {
                best = Some((column, value, number));
            }
        }
        let (column, value, number) = best?;
        if !number.takes_texts() {
            self.fault(Some(column), value, What::LandLine);
        }
        if number.is_foreign(country) {
            self.fault(Some(column), value, What::ForeignPhone);
        }
        Some(number)
    }

    fn email(&mut self) -> Option<EmailAddress> {
        let mut first = None;
        for (column, value) in self.of(Meaning::Email) {
            let found = address::emails(value);
            if found.is_broken {
                self.fault(Some(column), value, What::NotAnEmail);
            }
            if found.good.len() > 1 {
                self.fault(Some(column), value, What::SeveralEmails);
            }
            let Some(email) = found.good.into_iter().next().filter(|_| first.is_none()) else { continue };
            if email.reads_nothing() {
                self.fault(Some(column), value, What::UnreadEmail);
            }
            first = Some(email);
        }
        first
    }

    fn language(&mut self) -> Option<PersonLanguage> {
        let mut chosen = None;
        for (column, value) in self.of(Meaning::Language) {
            match heading::language(value) {
                Some(language) => chosen = chosen.or(Some(language)),
                None => self.fault(Some(column), value, What::UnknownLanguage),
            }
        }
        chosen
    }

    fn fields(&mut self) -> Vec<(String, String)> {
        let mut fields = Vec::new();
        for (column, name) in self.columns.named_fields() {
            let value = self.cells.get(column).map(|cell| cell.trim()).unwrap_or_default();
            if value.is_empty() {
                continue;
            }
            if value.chars().count() > LONGEST_FIELD {
                self.fault(Some(column), value, What::TooLong);
            }
            fields.push((name.to_owned(), value.chars().take(LONGEST_FIELD).collect()));
        }
        fields
    }

    fn cut(&mut self, value: String, longest: usize, meaning: Meaning) -> String {
        if value.chars().count() <= longest {
            return value;
        }
        let column = self.of(meaning).map(|(column, _)| column).next();
        self.fault(column, &value, What::TooLong);
        value.chars().take(longest).collect()
    }

    fn judge(&mut self, is_reachable: bool, name: &str, address: &str) {
        if name.is_empty() {
            self.fault(None, "", What::NoName);
        }
        if !is_reachable {
            let what = if address.is_empty() { What::NoAddress } else { What::OnlyByPost };
            self.fault(None, address, what);
        }
        let beyond = self.cells.get(self.columns.len()..).unwrap_or_default();
        if let Some(value) = beyond.iter().find(|cell| !cell.is_empty()) {
            self.fault(Some(self.columns.len()), value, What::TooManyCells);
        }
    }
}

/// What a cell says. Many a list says that it says nothing.
fn said(cell: &str) -> Option<&str> {
    let cell = cell.trim();
    let key = super::script::search_key(cell);
    let is_nothing = matches!(
        key.as_str(),
        "" | "0"
            | "x"
            | "nema"
            | "nema ga"
            | "nema je"
            | "nepoznat"
            | "nepoznato"
            | "n a"
            | "na"
            | "ne"
            | "none"
            | "null"
            | "unknown"
    );
    (!is_nothing).then_some(cell)
}
