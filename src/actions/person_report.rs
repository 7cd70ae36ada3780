//! The data-subject report (ZZPL art. 26): everything that is kept of somebody, for them to read.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::json;

use super::audit::What;
use super::{ActionError, Actions, Actor};
use crate::domain::id::PersonId;
use crate::domain::mail::{MailParty, MailPurpose};
use crate::domain::permission::Right;
use crate::domain::phone::PhoneNumber;
use crate::domain::timeline::Entry;
use crate::store::case::{CaseDetail, CaseRow, TextRow};
use crate::store::event::TimelineEntry;
use crate::store::person::Person;
use crate::store::person_report::{Agreed, CardEntry, ContactPoint, Followed};
use crate::store::recording::RecordingRow;

/// Nobody has more cases; the report says so when somebody has.
const CASES: usize = 1_000;

#[derive(Clone, Debug)]
pub struct PersonReport {
    pub made_at: Timestamp,
    pub person: Person,
    pub contact_points: Vec<ContactPoint>,
    /// Oldest first.
    pub cases: Vec<CaseDetail>,
    /// Cases of others that they are told of.
    pub follows: Vec<Followed>,
    pub agreed: Vec<Agreed>,
    /// Of the card, oldest first.
    pub card: Vec<CardEntry>,
    /// There are more cases than the report has.
    pub cut: bool,
}

/// The report for programs (art. 36: the right to take data elsewhere).
#[derive(Serialize)]
struct Portable<'r> {
    made_at: Timestamp,
    person: &'r Person,
    contact_points: &'r [ContactPoint],
    cases: Vec<PortableCase<'r>>,
    follows: &'r [Followed],
    consents: &'r [Agreed],
    card: &'r [CardEntry],
    cut: bool,
}

#[derive(Serialize)]
struct PortableCase<'r> {
    #[serde(flatten)]
    case: &'r CaseRow,
    timeline: &'r [TimelineEntry],
    messages: &'r [TextRow],
    recordings: &'r [RecordingRow],
}

impl Actions {
    /// Written down each time: it is a copy of everything.
    pub async fn person_report(&self, actor: &Actor, person: PersonId) -> Result<PersonReport, ActionError> {
        self.shared.allow(actor, Right::ErasePeople)?;
        let db = &self.shared.db;
        // Of whom was merged the survivor.
        let known = db.person(person).await?.ok_or(ActionError::NotFound)?;
        let person = known.id;
        let now = self.clock.now();
        self.tell_audit(actor.audit(now, What::PersonReported, person, json!({}))).await?;
        let mut ids = db.person_cases(person, CASES + 1).await?;
        let cut = ids.len() > CASES;
        ids.truncate(CASES);
        let mut cases = Vec::with_capacity(ids.len());
        let contact_points = db.contact_points(person).await?;
        for id in ids {
            let case = db.case_alone(id).await?;
            cases.extend(case.map(|case| without_others(case, &contact_points)));
        }
        Ok(PersonReport {
            made_at: now,
            contact_points,
            follows: db.followed_by(person).await?,
            agreed: db.agreed(person).await?,
            card: db.card_entries(person).await?,
            person: known,
            cases,
            cut,
        })
    }

    /// By id, or by telephone number in any notation.
    pub async fn find_person(&self, text: &str) -> Result<Option<PersonId>, ActionError> {
        let text = text.trim();
        if text.len() < 7
            && let Ok(id) = text.parse::<i64>()
        {
            return Ok(self.shared.db.person(PersonId(id)).await?.map(|person| person.id));
        }
        let Ok(phone) = PhoneNumber::parse(text, &self.shared.cases.country) else { return Ok(None) };
        Ok(self.shared.db.person_by_phone(&phone).await?.map(|person| person.id))
    }
}

/// What others sent about the case, and what they were told, is theirs: followers, and whoever wrote from elsewhere.
fn without_others(mut case: CaseDetail, points: &[ContactPoint]) -> CaseDetail {
    let own = case.case.caller.clone();
    let theirs = |address: &String| {
        own.as_ref() == Some(address) || points.iter().any(|point| point.value == *address)
    };
    case.timeline.retain(|entry| match &entry.entry {
        Entry::CallArrived { caller: from, .. }
        | Entry::TextReceived { sender: from, .. }
        | Entry::MailReceived { sender: from, party: MailParty::Citizen, .. } => {
            from.as_ref().is_none_or(theirs)
        }
        Entry::TextQueued { to, .. } => theirs(to),
        Entry::MailQueued { to, purpose, .. } => *purpose == MailPurpose::Forward || theirs(to),
        Entry::FollowerAdded { .. } => false,
        _ => true,
    });
    case.texts.retain(|text| theirs(&text.to));
    case
}

impl PersonReport {
    pub fn json(&self) -> serde_json::Value {
        let cases = self.cases.iter().map(|detail| PortableCase {
            case: &detail.case,
            timeline: &detail.timeline,
            messages: &detail.texts,
            recordings: &detail.recordings,
        });
        let portable = Portable {
            made_at: self.made_at,
            person: &self.person,
            contact_points: &self.contact_points,
            cases: cases.collect(),
            follows: &self.follows,
            consents: &self.agreed,
            card: &self.card,
            cut: self.cut,
        };
        serde_json::to_value(portable).unwrap_or_default()
    }
}
