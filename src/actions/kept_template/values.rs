//! What a case has for the fields of a template, as it is in the transaction.

use jiff::Timestamp;

use crate::actions::{ActionError, Actor, Shared};
use crate::domain::id::{CaseId, UserId};
use crate::domain::kept_template::{Field, Values};
use crate::domain::notice::language_for;
use crate::domain::projection::CaseFields;
use crate::domain::script::to_latin;
use crate::domain::timeline::Entry;
use crate::store::Tx;

const ENGLISH: &str = "en";

impl Shared {
    /// Whether the citizen of the case is written to in English.
    pub(in crate::actions) async fn reads_english(
        &self,
        tx: &mut Tx<'_>,
        case: &CaseFields,
    ) -> Result<bool, ActionError> {
        let reach = self.reach(tx, case, None).await?;
        Ok(language_for(&reach, &case.summary) == ENGLISH)
    }

    /// In the language in which the citizen is written to.
    pub(in crate::actions) async fn template_values(
        &self,
        tx: &mut Tx<'_>,
        (id, case): (CaseId, &CaseFields),
        actor: &Actor,
        at: Timestamp,
    ) -> Result<Values, ActionError> {
        let english = self.reads_english(tx, case).await?;
        let directory = self.db.directory();
        let name = |sr: &str, en: &str| if english && !en.is_empty() { en.to_owned() } else { sr.to_owned() };
        let script = |name: &str| if english { to_latin(name) } else { name.to_owned() };
        let mut values = Values::default();
        values.put(Field::Number, case.number.as_str());
        values.put(Field::Address, script(&case.place));
        values.put(Field::Opened, self.date(case.opened_at, english));
        values.put(Field::Today, self.date(at, english));
        if let Some(due) = case.due_at {
            values.put(Field::Due, self.date(due, english));
        }
        if let Some(category) = directory.category(case.category) {
            values.put(Field::Category, name(&category.name_sr, &category.name_en));
        }
        if let Some(service) = case.department.and_then(|id| directory.department(id)) {
            values.put(Field::Service, name(&service.name_sr, &service.name_en));
        }
        if let Some(user) = officer(actor).and_then(|id| directory.user(id)) {
            values.put(Field::Officer, script(&user.name));
        }
        let municipality = self.municipality.get().map_or(self.mail.name.as_str(), String::as_str);
        values.put(Field::Municipality, script(municipality));
        values.put(Field::Citizen, script(&citizen(tx, case).await?));
        let answers = tx.entries_of(id, &["answered"]).await?;
        if let Some(Entry::Answered { words, .. }) = answers.last() {
            values.put(Field::Answer, words.as_str());
        }
        Ok(values)
    }

    /// Of the place, as it is written there.
    fn date(&self, at: Timestamp, english: bool) -> String {
        let local = at.to_zoned(self.zone.clone());
        let form = if english { "%-d %B %Y" } else { "%-d.%-m.%Y." };
        local.strftime(form).to_string()
    }
}

/// A program acts as whoever it belongs to.
fn officer(actor: &Actor) -> Option<UserId> {
    match actor {
        Actor::User { id, .. } => Some(*id),
        Actor::Token { owner, .. } => *owner,
        Actor::System => None,
    }
}

/// The name of the person whose case it is; of the one into whom they were merged.
async fn citizen(tx: &mut Tx<'_>, case: &CaseFields) -> Result<String, ActionError> {
    let Some(person) = case.person else { return Ok(String::new()) };
    let Some(head) = tx.person_head(person).await? else { return Ok(String::new()) };
    let survivor = match head.merged_into {
        Some(survivor) => tx.person_head(survivor).await?.unwrap_or(head),
        None => head,
    };
    Ok(survivor.facts.name)
}
