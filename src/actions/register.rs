//! A case is registered by hand: at the counter, at the desk, by a form or by another program. One verb for all of them.

use std::sync::Arc;

use jiff::Timestamp;
use serde_json::json;

use super::answer::put_answers;
use super::audit::What;
use super::file::{NewFiles, attach_to_case};
use super::open::Opening;
use super::telling::{Telling, Words};
use super::{ActionError, Actions, Actor, Shared};
use crate::domain::caller::Caller;
use crate::domain::case::{CaseRef, Channel};
use crate::domain::id::{CaseId, InteractionId, PersonId, QuestionId};
use crate::domain::intake::{Intake, IntakePerson, Problem, TellBy, Wrong};
use crate::domain::notice::Purpose;
use crate::domain::permission::Right;
use crate::domain::person::{PersonEntry, PersonFacts, Point, PointKind};
use crate::domain::phone::PhoneNumber;
use crate::domain::projection::CaseFields;
use crate::domain::question;
use crate::domain::script::search_key;
use crate::domain::timeline::{Entry, Visibility};
use crate::store::{StoreError, Tx, Work};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registered {
    pub case: CaseRef,
    /// `false`: the same was registered before under this key.
    pub new: bool,
}

/// Why nothing was registered.
#[derive(Debug, thiserror::Error)]
pub enum RegisterError {
    /// Everything that is wrong, for the form to say at its fields.
    #[error("{}", named(fields, answers))]
    Wrong { fields: Vec<Wrong>, answers: Vec<(QuestionId, question::Wrong)> },
    #[error(transparent)]
    Action(#[from] ActionError),
}

impl From<StoreError> for RegisterError {
    fn from(error: StoreError) -> Self {
        Self::Action(error.into())
    }
}

impl Actions {
    /// The same `intake.key` of the same actor gives the same case, whatever else it says: a form that was sent twice is one case.
    pub async fn register_case(
        &self,
        actor: &Actor,
        intake: Intake,
        files: NewFiles,
    ) -> Result<Registered, RegisterError> {
        self.shared.allow(actor, Right::OpenCase)?;
        // Whoever is named by their number in the register stands on the case with their name.
        if matches!(intake.person, IntakePerson::Known(_)) {
            self.shared.allow(actor, Right::ReadPeople)?;
        }
        files.check()?;
        let (shared, actor, at) = (Arc::clone(&self.shared), actor.clone(), self.clock.now());
        let registered = self.shared.db.write(Register { shared, actor, intake, files, at }).await?;
        if registered.new {
            self.opened(registered.case.id);
            self.shared.outbox.notify_one();
            self.shared.mails.notify_one();
        }
        Ok(registered)
    }
}

struct Register {
    shared: Arc<Shared>,
    actor: Actor,
    intake: Intake,
    files: NewFiles,
    at: Timestamp,
}

impl Work for Register {
    type Out = Registered;
    type Error = RegisterError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Registered, RegisterError> {
        let (intake, directory) = (&self.intake, self.shared.db.directory());
        let Some(category) = directory.category(intake.category) else {
            return Err(wrong("category", Problem::Missing));
        };
        let asked = directory.questions(category.id);
        let today = self.at.to_zoned(self.shared.zone.clone()).date();
        let fields = intake.check(today);
        let answers = match question::check(&asked, &intake.answers) {
            Ok(answers) if fields.is_empty() => answers,
            checked => {
                let answers = checked.err().unwrap_or_default();
                return Err(RegisterError::Wrong { fields, answers });
            }
        };
        let external_id = self.external_id();
        let contact = match tx.journal_intake(&external_id, intake.channel, self.told_name(), self.at).await?
        {
            Ok(contact) => contact,
            Err(Some(case)) => return Ok(Registered { case, new: false }),
            Err(None) => return Err(ActionError::Conflict.into()),
        };
        let person = self.person(tx).await?;
        let caller = person.as_ref().map_or(Caller::Hidden, |person| person.caller.clone());
        let opening = Opening {
            channel: intake.channel,
            category,
            caller: &caller,
            person: person.as_ref().map(|person| (person.id, person.name.clone())),
            words: &intake.words,
            place: intake.place.trim(),
            by: self.actor.by().user,
            at: self.at,
        };
        let (case, opened) = self.shared.open(tx, &directory, &opening).await?;
        tx.append(case.id, self.at, &self.actor.by(), &[opened]).await?;
        let mut entries = self.told();
        entries.extend(put_answers(tx, case.id, &asked, &answers, self.at).await?);
        entries.extend(self.attached(tx, &case, contact).await?);
        let mut row = tx.case_fields(case.id).await?.ok_or(ActionError::NotFound)?;
        entries.extend(self.receipt(tx, case.id, &row, person.as_ref()).await?);
        tx.enter(&directory, (case.id, &mut row), self.at, &self.actor.by(), &entries).await?;
        tx.add_case_words(case.id, self.further_words().trim()).await?;
        tx.set_interaction_case(contact, case.id).await?;
        Ok(Registered { case, new: true })
    }
}

/// Whose case it is, as far as they can be reached.
struct Reached {
    id: PersonId,
    name: String,
    phone: Option<PhoneNumber>,
    caller: Caller,
}

impl Register {
    /// Keys of one actor do not meet those of another.
    fn external_id(&self) -> String {
        let who = match &self.actor {
            Actor::User { id, .. } => format!("user-{id}"),
            Actor::Token { name, .. } => format!("token-{name}"),
            Actor::System => "system".into(),
        };
        format!("intake:{who}:{}", self.intake.key)
    }

    fn told_name(&self) -> Option<&str> {
        match &self.intake.person {
            IntakePerson::Named { name, .. } => Some(name.trim()).filter(|name| !name.is_empty()),
            IntakePerson::Known(_) | IntakePerson::Anonymous => None,
        }
    }

    async fn person(&self, tx: &mut Tx<'_>) -> Result<Option<Reached>, RegisterError> {
        // What becomes of the card, for its own timeline; what it said before.
        let mut entries = Vec::new();
        let mut before = None;
        let reached = match &self.intake.person {
            IntakePerson::Anonymous => return Ok(None),
            IntakePerson::Known(id) => {
                before = tx.person_head(*id).await?.map(|head| head.facts);
                let known = tx.person_name(*id).await?;
                let (name, phone) = known.ok_or_else(|| wrong("person", Problem::NotAChoice))?;
                let caller = caller(phone.as_ref(), None, &name);
                Reached { id: *id, name, phone, caller }
            }
            IntakePerson::Named { name, address, phone, email } => {
                let (name, address) = (name.trim(), address.trim());
                let mut known = match phone {
                    Some(phone) => tx.person_by_phone(phone).await?,
                    None => None,
                };
                if let (None, Some(email)) = (known, email) {
                    known = tx.person_by_point("email", email.as_str()).await?;
                }
                let id = match known {
                    Some(id) => {
                        before = tx.person_head(id).await?.map(|head| head.facts);
                        id
                    }
                    None => tx.insert_named_person(name, address, self.at).await?,
                };
                if known.is_none() && !address.is_empty() {
                    let point = Point { kind: PointKind::Address, value: address.to_owned() };
                    entries.push(PersonEntry::PointAdded { point });
                }
                // A number or an address that is somebody else's stays theirs.
                let phone_point = phone.as_ref().map(|phone| (PointKind::Phone, phone.as_str()));
                let email_point = email.as_ref().map(|email| (PointKind::Email, email.as_str()));
                for (kind, value) in phone_point.into_iter().chain(email_point) {
                    let point = Point { kind, value: value.to_owned() };
                    if tx.insert_point(id, &point).await? {
                        entries.push(PersonEntry::PointAdded { point });
                    }
                }
                tx.index_person(id).await?;
                let stored = tx.person_name(id).await?.map(|(name, _)| name).unwrap_or_default();
                // A name that nobody wrote down yet; one that is known is changed on the person's own page.
                if stored.is_empty() && !name.is_empty() {
                    tx.name_person(id, name, address).await?;
                }
                let shown = if stored.is_empty() { name.to_owned() } else { stored };
                let caller = caller(phone.as_ref(), email.as_ref().map(|email| email.as_str()), &shown);
                Reached { id, name: shown, phone: phone.clone(), caller }
            }
        };
        let tell_by = self.intake.tell_by.map(TellBy::as_str);
        if self.intake.language.is_some() || tell_by.is_some() {
            tx.set_told_how(reached.id, self.intake.language.as_deref(), tell_by).await?;
        }
        self.note_person(tx, reached.id, (before, entries)).await?;
        Ok(Some(reached))
    }

    /// What intake wrote on a card is on the card's timeline and in the audit, as if it had been written there.
    async fn note_person(
        &self,
        tx: &mut Tx<'_>,
        id: PersonId,
        (before, mut entries): (Option<PersonFacts>, Vec<PersonEntry>),
    ) -> Result<(), RegisterError> {
        let now = tx.person_head(id).await?.ok_or(ActionError::NotFound)?.facts;
        let is_new = before.is_none();
        match before {
            None => entries.insert(0, PersonEntry::Added { facts: now }),
            Some(from) if from != now => entries.push(PersonEntry::Edited { from, to: now }),
            Some(_) => {}
        }
        if entries.is_empty() {
            return Ok(());
        }
        for entry in &entries {
            tx.append_person(id, self.at, &self.actor.by(), entry).await?;
        }
        if !is_new {
            tx.bump_person(id).await?;
        }
        let detail = json!({ "change": if is_new { "added" } else { "intake" } });
        tx.audit(self.actor.audit(self.at, What::PersonChanged, id, detail));
        Ok(())
    }

    /// What the citizen said, on paper and in words.
    fn told(&self) -> Vec<Entry> {
        let mut entries = Vec::new();
        if let Some(document) = &self.intake.document {
            entries.push(Entry::DocumentReceived { document: document.clone() });
        }
        let words = self.intake.words.trim();
        if !words.is_empty() {
            entries.push(Entry::Described { words: words.to_owned() });
        }
        entries
    }

    async fn attached(
        &self,
        tx: &mut Tx<'_>,
        case: &CaseRef,
        contact: InteractionId,
    ) -> Result<Vec<Entry>, RegisterError> {
        let files = self.files.taken(tx, &self.actor).await?;
        let who = (self.actor.by().user, self.at);
        // What a citizen handed in is theirs to see.
        Ok(attach_to_case(tx, (case.id, Some(contact)), &files, Visibility::Public, who).await?)
    }

    /// At once, by the channel that they chose now or before; when it fails, by the next one, and in the end by a human. Who stands at the
    /// counter and chose nothing, or a letter, has the slip that the clerk prints.
    async fn receipt(
        &self,
        tx: &mut Tx<'_>,
        case: CaseId,
        row: &CaseFields,
        person: Option<&Reached>,
    ) -> Result<Vec<Entry>, RegisterError> {
        let Some(person) = person else { return Ok(Vec::new()) };
        let shared = &self.shared;
        let reach = tx.reach(person.id).await?;
        let is_away = !matches!(self.intake.channel, Channel::Document | Channel::Visit);
        let wanted = match reach.tell_by {
            Some(TellBy::Sms | TellBy::Email) => true,
            Some(TellBy::Post | TellBy::Nothing) => false,
            None => is_away,
        };
        let phones = reach.phones.iter().filter_map(|phone| PhoneNumber::from_stored(phone));
        let by_text = phones.chain(person.phone.clone()).any(|phone| phone.takes_texts());
        let by_mail = shared.sends_mail() && !reach.emails.is_empty();
        if !wanted || !(by_text || by_mail) {
            return Ok(Vec::new());
        }
        let (purpose, words) = (Purpose::Receipt, Words::Say(""));
        let told = Telling { case, purpose, words, first: None, at: self.at };
        Ok(shared.tell(tx, row, &told, None).await?.0)
    }

    /// Search keys besides those that every case is opened with.
    fn further_words(&self) -> String {
        let document = self.intake.document.as_ref();
        let mut keys: Vec<String> =
            document.map(|document| search_key(&document.reference)).into_iter().collect();
        if let IntakePerson::Named { address, email, .. } = &self.intake.person {
            keys.push(search_key(address));
            keys.extend(email.as_ref().map(|email| search_key(email.as_str())));
        }
        keys.retain(|key| !key.is_empty());
        keys.join(" ")
    }
}

fn caller(phone: Option<&PhoneNumber>, email: Option<&str>, name: &str) -> Caller {
    match (phone, email) {
        (Some(phone), _) => Caller::Number(phone.clone()),
        (None, Some(email)) => Caller::Name(email.to_owned()),
        (None, None) if !name.is_empty() => Caller::Name(name.to_owned()),
        (None, None) => Caller::Hidden,
    }
}

fn wrong(field: &str, problem: Problem) -> RegisterError {
    let fields = vec![Wrong { field: field.to_owned(), problem }];
    RegisterError::Wrong { fields, answers: Vec::new() }
}

/// For programs: `phone: not_a_phone, question 3: missing`.
fn named(fields: &[Wrong], answers: &[(QuestionId, question::Wrong)]) -> String {
    let fields = fields.iter().map(|wrong| format!("{}: {}", wrong.field, wrong.problem));
    let answers = answers.iter().map(|(id, why)| format!("question {id}: {why}"));
    fields.chain(answers).collect::<Vec<_>>().join(", ")
}
