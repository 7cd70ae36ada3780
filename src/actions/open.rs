//! A case is opened: the part that a call, a text and an import have in common.

use jiff::Timestamp;

use super::case_state::new_pin;
use super::deadline::begun;
use super::{ActionError, Shared};
use crate::domain::caller::Caller;
use crate::domain::case::{CaseNumber, CaseRef, Channel};
use crate::domain::id::{PersonId, UserId};
use crate::domain::projection::CaseFields;
use crate::domain::script::search_key;
use crate::domain::search::{name_keys, number_keys, phone_keys};
use crate::domain::timeline::Entry;
use crate::store::Tx;
use crate::store::deadline::NewDeadline;
use crate::store::directory::{Category, Directory};
use crate::store::event::By;

/// So much of the citizen's words is seen in the list.
const SUMMARY_CHARS: usize = 160;

#[derive(Debug)]
pub(super) struct Opening<'a> {
    pub channel: Channel,
    pub category: &'a Category,
    pub caller: &'a Caller,
    /// Whose case it is, and the name that is known.
    pub person: Option<(PersonId, String)>,
    /// What the citizen wrote.
    pub words: &'a str,
    /// Where the problem is, in the citizen's words.
    pub place: &'a str,
    /// Who opens it on behalf of somebody; `None`: the citizen does.
    pub by: Option<UserId>,
    pub at: Timestamp,
}

impl Shared {
    /// The case with its number, and the first entry of its timeline, for the caller to append with its own.
    pub(super) async fn open(
        &self,
        tx: &mut Tx<'_>,
        directory: &Directory,
        opening: &Opening<'_>,
    ) -> Result<(CaseRef, Entry), ActionError> {
        let deadlines = self.first_deadlines(directory, opening.category.id, opening.at);
        self.open_with(tx, directory, opening, &deadlines).await
    }

    /// The same, with deadlines that are counted from elsewhere.
    pub(super) async fn open_with(
        &self,
        tx: &mut Tx<'_>,
        directory: &Directory,
        opening: &Opening<'_>,
        deadlines: &[NewDeadline],
    ) -> Result<(CaseRef, Entry), ActionError> {
        let category = opening.category;
        let class = if category.class.is_empty() { &self.cases.default_class } else { &category.class };
        let year = opening.at.to_zoned(self.zone.clone()).year();
        let ordinal = tx.next_ordinal(class, year).await?;
        let settings = &self.cases;
        let number =
            CaseNumber::from_template(&settings.number_template, class, ordinal, year, &settings.unit);
        let search = search_body(&number, opening);
        // A call and most texts do not say where: then there is nothing to look up.
        let area = (!opening.place.is_empty()).then(|| directory.areas.find(opening.place)).flatten();
        let area = area.map(|found| found.area.key.clone());
        let who = opening.person.as_ref().map(|(_, name)| name_keys(name)).unwrap_or_default();
        let entry = Entry::Opened {
            number: number.clone(),
            channel: opening.channel,
            category: category.id,
            department: directory.route(category.id, area.as_deref()).department,
            person: opening.person.as_ref().map(|(id, _)| *id),
            caller: caller_text(opening.caller),
            summary: summary(opening.words),
            place: opening.place.to_owned(),
            area,
            by: opening.by,
            deadlines: deadlines.iter().map(begun).collect(),
        };
        let fields = CaseFields::opened(opening.at, &entry);
        let fields = fields.ok_or_else(|| ActionError::Invalid("a case begins by being opened".into()))?;
        let root = directory.category_root(category.id);
        let case = CaseRef { id: tx.insert_case(&fields, root, (&search, &who)).await?, number };
        tx.begin_deadlines(case.id, deadlines).await?;
        tx.put_pin(&case, &new_pin()).await?;
        Ok((case, entry))
    }

    pub(super) fn category<'d>(
        &self,
        directory: &'d Directory,
        key: &str,
    ) -> Result<&'d Category, ActionError> {
        let category = directory.category_by_key(key);
        category.ok_or_else(|| ActionError::Invalid(format!("there is no category {key:?}")))
    }
}

/// The one who has the number, written down now if nobody was; nobody for a hidden caller or a name.
pub(super) async fn person_of(
    tx: &mut Tx<'_>,
    caller: &Caller,
    at: Timestamp,
) -> Result<Option<(PersonId, String)>, ActionError> {
    let Caller::Number(number) = caller else { return Ok(None) };
    if let Some(known) = tx.known_by_phone(number, Timestamp::MAX).await? {
        return Ok(Some((known.person, known.name)));
    }
    Ok(Some((tx.insert_person("", "", number, at).await?, String::new())))
}

/// Appends with the name of nobody: the citizen did it, or the program.
pub(super) async fn append(
    tx: &mut Tx<'_>,
    case: &CaseRef,
    at: Timestamp,
    entries: &[Entry],
) -> Result<(), ActionError> {
    tx.append(case.id, at, &By::default(), entries).await?;
    Ok(())
}

pub(super) fn caller_text(caller: &Caller) -> Option<String> {
    match caller {
        Caller::Number(number) => Some(number.as_str().to_owned()),
        Caller::Name(name) => Some(name.clone()),
        Caller::Email(address) => Some(address.as_str().to_owned()),
        Caller::Hidden => None,
    }
}

/// Of the case itself; its person's are apart.
fn search_body(number: &CaseNumber, opening: &Opening<'_>) -> String {
    let mut keys = vec![number_keys(number.as_str())];
    match opening.caller {
        Caller::Number(phone) => keys.push(phone_keys(phone)),
        Caller::Name(name) => keys.push(search_key(name)),
        Caller::Email(address) => keys.push(search_key(address.as_str())),
        Caller::Hidden => {}
    }
    keys.push(search_key(opening.words));
    keys.push(search_key(opening.place));
    keys.retain(|key| !key.is_empty());
    keys.join(" ")
}

/// The first words on one line.
fn summary(words: &str) -> String {
    let line = words.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(SUMMARY_CHARS) {
        Some((end, _)) => format!("{}…", line.get(..end).unwrap_or_default().trim_end()),
        None => line,
    }
}
