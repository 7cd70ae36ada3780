//! What people do with the card of a citizen. `version` is that of the card the user looked at: [`ActionError::Conflict`] when it is
//! no longer true. Whoever was merged into somebody is changed through the survivor.

use jiff::Timestamp;
use serde_json::json;

use super::audit::What;
use super::{ActionError, Actions, Actor};
use crate::domain::email::EmailAddress;
use crate::domain::id::{PersonEventId, PersonId};
use crate::domain::permission::Right;
use crate::domain::person::{ConsentKind, ConsentMeans, Moved, PersonEntry, PersonFacts, Point, PointKind};
use crate::domain::phone::PhoneNumber;
use crate::store::person_change::PersonHead;
use crate::store::{Tx, Work};

pub const NAME_MAX_CHARS: usize = 200;
pub const ADDRESS_MAX_CHARS: usize = 300;
pub const NOTE_MAX_CHARS: usize = 4_000;
pub const REMARK_MAX_CHARS: usize = 300;
/// Nobody has more telephones and addresses than a page can show.
const MOST_POINTS: usize = 50;

/// What becomes of a card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PersonChange {
    Facts(PersonFacts),
    AddPoint(Point),
    RemovePoint(Point),
    PreferPoint(Point),
    MarkPoint { point: Point, valid: bool },
    Consent { consent: ConsentKind, given: bool, means: ConsentMeans, remark: String },
    Note(String),
}

impl PersonChange {
    /// For the audit, which needs no more of a citizen than what was done.
    fn word(&self) -> &'static str {
        match self {
            Self::Facts(_) => "facts",
            Self::AddPoint(_) => "point_added",
            Self::RemovePoint(_) => "point_removed",
            Self::PreferPoint(_) => "point_preferred",
            Self::MarkPoint { .. } => "point_marked",
            Self::Consent { .. } => "consent",
            Self::Note(_) => "note",
        }
    }
}

impl Actions {
    /// Somebody who is written down by hand, with the ways in which they are reached.
    pub async fn add_person(
        &self,
        actor: &Actor,
        facts: PersonFacts,
        points: Vec<Point>,
    ) -> Result<PersonId, ActionError> {
        self.shared.allow(actor, Right::EditPeople)?;
        let facts = checked_facts(facts)?;
        if facts.name.is_empty() && points.is_empty() {
            return Err(ActionError::Invalid("a person has a name or a way to be reached".into()));
        }
        let points = points.into_iter().map(|point| self.parsed(point)).collect::<Result<Vec<_>, _>>()?;
        let work = AddPerson { actor: actor.clone(), facts, points, at: self.clock.now() };
        self.audited(actor, work, |id| (What::PersonChanged, *id, json!({ "change": "added" }))).await
    }

    /// The new version.
    pub async fn change_person(
        &self,
        actor: &Actor,
        person: PersonId,
        version: i64,
        change: PersonChange,
    ) -> Result<i64, ActionError> {
        self.shared.allow(actor, Right::EditPeople)?;
        let change = self.checked(change)?;
        let detail = json!({ "change": change.word() });
        let work = ChangePerson { actor: actor.clone(), person, version, change, at: self.clock.now() };
        self.audited(actor, work, move |_: &i64| (What::PersonChanged, person, detail.clone())).await
    }

    /// `other` turned out to be the same person as `survivor`. Both keep their rows; everything of the other is seen with the
    /// survivor from now on. The entry by which it can be undone.
    pub async fn merge_people(
        &self,
        actor: &Actor,
        survivor: PersonId,
        other: PersonId,
    ) -> Result<PersonEventId, ActionError> {
        self.shared.allow(actor, Right::MergePeople)?;
        let work = Merge { actor: actor.clone(), survivor, other, at: self.clock.now() };
        self.audited(actor, work, move |merge| {
            (What::PersonMerged, survivor, json!({ "other": other, "merge": merge }))
        })
        .await
    }

    /// Both are again what they were before the merge; what came in between stays with the survivor.
    pub async fn split_people(
        &self,
        actor: &Actor,
        survivor: PersonId,
        merge: PersonEventId,
    ) -> Result<(), ActionError> {
        self.shared.allow(actor, Right::MergePeople)?;
        let work = Split { actor: actor.clone(), survivor, merge, at: self.clock.now() };
        self.audited(actor, work, move |()| (What::PersonMerged, survivor, json!({ "undone": merge }))).await
    }

    /// Keys of people from before there were keys, a piece at a time; the last of the piece, `None` when all have theirs.
    pub async fn index_people(&self, after: PersonId) -> Result<Option<PersonId>, ActionError> {
        let people = self.shared.db.people_without_keys(after, INDEXED_AT_ONCE).await?;
        let last = people.last().copied();
        if last.is_some() {
            self.shared.db.write(IndexPeople(people)).await?;
        }
        Ok(last)
    }

    fn checked(&self, change: PersonChange) -> Result<PersonChange, ActionError> {
        Ok(match change {
            PersonChange::Facts(facts) => PersonChange::Facts(checked_facts(facts)?),
            PersonChange::AddPoint(point) => PersonChange::AddPoint(self.parsed(point)?),
            PersonChange::Note(words) => {
                let words = words.trim().to_owned();
                if words.is_empty() || words.chars().count() > NOTE_MAX_CHARS {
                    return Err(ActionError::Invalid(format!("a note has 1 to {NOTE_MAX_CHARS} characters")));
                }
                PersonChange::Note(words)
            }
            PersonChange::Consent { consent, given, means, remark } => {
                let remark = remark.trim().to_owned();
                if remark.chars().count() > REMARK_MAX_CHARS {
                    return Err(ActionError::Invalid(format!(
                        "a remark has at most {REMARK_MAX_CHARS} characters"
                    )));
                }
                PersonChange::Consent { consent, given, means, remark }
            }
            as_it_is => as_it_is,
        })
    }

    /// In the form in which it is stored.
    fn parsed(&self, point: Point) -> Result<Point, ActionError> {
        let wrong = |what: &str| ActionError::Invalid(format!("{:?} is not {what}", point.value.trim()));
        let value = match point.kind {
            PointKind::Phone => PhoneNumber::parse(&point.value, &self.shared.cases.country)
                .map_err(|_| wrong("a telephone number"))?
                .to_string(),
            PointKind::Email => {
                EmailAddress::parse(&point.value).map_err(|_| wrong("an e-mail address"))?.as_str().to_owned()
            }
            PointKind::Address => {
                let words = point.value.split_whitespace().collect::<Vec<_>>().join(" ");
                if words.is_empty() || words.chars().count() > ADDRESS_MAX_CHARS {
                    return Err(ActionError::Invalid(format!(
                        "an address has 1 to {ADDRESS_MAX_CHARS} characters"
                    )));
                }
                words
            }
        };
        Ok(Point { kind: point.kind, value })
    }
}

/// Some milliseconds of the only writer.
const INDEXED_AT_ONCE: i64 = 100;

fn checked_facts(facts: PersonFacts) -> Result<PersonFacts, ActionError> {
    let name = facts.name.split_whitespace().collect::<Vec<_>>().join(" ");
    if name.chars().count() > NAME_MAX_CHARS {
        return Err(ActionError::Invalid(format!("a name has at most {NAME_MAX_CHARS} characters")));
    }
    Ok(PersonFacts { name, ..facts })
}

struct AddPerson {
    actor: Actor,
    facts: PersonFacts,
    points: Vec<Point>,
    at: Timestamp,
}

impl Work for AddPerson {
    type Out = PersonId;
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<PersonId, ActionError> {
        let id = tx.insert_card(&self.facts, self.at).await?;
        let by = self.actor.by();
        tx.append_person(id, self.at, &by, &PersonEntry::Added { facts: self.facts.clone() }).await?;
        for point in &self.points {
            add_point(tx, id, point).await?;
            let entry = PersonEntry::PointAdded { point: point.clone() };
            tx.append_person(id, self.at, &by, &entry).await?;
        }
        tx.refresh_address(id).await?;
        tx.index_person(id).await?;
        Ok(id)
    }
}

async fn add_point(tx: &mut Tx<'_>, id: PersonId, point: &Point) -> Result<(), ActionError> {
    if tx.insert_point(id, point).await? {
        return Ok(());
    }
    match tx.person_by_point(point.kind.as_str(), &point.value).await? {
        Some(owner) if owner != id => Err(ActionError::Invalid(format!(
            "{} belongs to person {owner}; the two can be merged",
            point.value
        ))),
        _ => Err(ActionError::Invalid(format!("{} is there already", point.value))),
    }
}

struct ChangePerson {
    actor: Actor,
    person: PersonId,
    version: i64,
    change: PersonChange,
    at: Timestamp,
}

impl Work for ChangePerson {
    type Out = i64;
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<i64, ActionError> {
        let head = tx.person_head(self.person).await?.ok_or(ActionError::NotFound)?;
        if head.version != self.version || head.merged_into.is_some() {
            return Err(ActionError::Conflict);
        }
        let Some(entry) = self.entry(&head) else { return Ok(head.version) };
        self.carry_out(tx).await?;
        tx.append_person(self.person, self.at, &self.actor.by(), &entry).await?;
        if !matches!(self.change, PersonChange::Note(_) | PersonChange::Consent { .. }) {
            tx.index_person(self.person).await?;
        }
        Ok(tx.bump_person(self.person).await?)
    }
}

impl ChangePerson {
    /// `None` when it is so already.
    fn entry(&self, head: &PersonHead) -> Option<PersonEntry> {
        Some(match self.change.clone() {
            PersonChange::Facts(to) if to == head.facts => return None,
            PersonChange::Facts(to) => PersonEntry::Edited { from: head.facts.clone(), to },
            PersonChange::AddPoint(point) => PersonEntry::PointAdded { point },
            PersonChange::RemovePoint(point) => PersonEntry::PointRemoved { point },
            PersonChange::PreferPoint(point) => PersonEntry::PointPreferred { point },
            PersonChange::MarkPoint { point, valid } => {
                PersonEntry::PointMarked { point, valid, why: String::new() }
            }
            PersonChange::Consent { consent, given, means, remark } => {
                PersonEntry::Consented { consent, given, means, remark }
            }
            PersonChange::Note(words) => PersonEntry::Noted { words },
        })
    }

    async fn carry_out(&self, tx: &mut Tx<'_>) -> Result<(), ActionError> {
        let id = self.person;
        let found = match &self.change {
            PersonChange::Facts(facts) => tx.set_person_facts(id, facts).await.map(|()| true)?,
            PersonChange::AddPoint(point) => {
                if tx.standing_points(id).await? >= MOST_POINTS as i64 {
                    return Err(ActionError::Invalid(format!(
                        "a person is reached in at most {MOST_POINTS} ways"
                    )));
                }
                add_point(tx, id, point).await?;
                true
            }
            PersonChange::RemovePoint(point) => tx.remove_point(id, point).await?,
            PersonChange::PreferPoint(point) => tx.prefer_point(id, point).await?,
            PersonChange::MarkPoint { point, valid } => {
                tx.mark_point(id, point, (!valid).then_some(self.at)).await?
            }
            PersonChange::Consent { consent, given, means, .. } => {
                tx.set_consent(id, (*consent, *given, *means), self.at).await.map(|()| true)?
            }
            PersonChange::Note(_) => true,
        };
        if !found {
            return Err(ActionError::NotFound);
        }
        if self.is_about_an_address() {
            tx.refresh_address(id).await?;
        }
        Ok(())
    }

    fn is_about_an_address(&self) -> bool {
        match &self.change {
            PersonChange::AddPoint(point)
            | PersonChange::RemovePoint(point)
            | PersonChange::PreferPoint(point)
            | PersonChange::MarkPoint { point, .. } => point.kind == PointKind::Address,
            _ => false,
        }
    }
}

struct Merge {
    actor: Actor,
    survivor: PersonId,
    other: PersonId,
    at: Timestamp,
}

impl Work for Merge {
    type Out = PersonEventId;
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<PersonEventId, ActionError> {
        if self.survivor == self.other {
            return Err(ActionError::Invalid("a person is not merged with themselves".into()));
        }
        let (survivor, other) = both(tx, self.survivor, self.other).await?;
        if survivor.merged_into.is_some() || other.merged_into.is_some() {
            return Err(ActionError::Conflict);
        }
        let moved = tx.standing(self.other).await?;
        let by = self.actor.by();
        let entry =
            PersonEntry::Merged { other: self.other, other_name: other.facts.name, moved: moved.clone() };
        let merge = tx.append_person(self.survivor, self.at, &by, &entry).await?;
        for person in moved {
            let to =
                Moved { person: person.person, merged_into: Some(self.survivor), merged_by: Some(merge) };
            tx.move_person(&to).await?;
        }
        let entry = PersonEntry::MergedInto { survivor: self.survivor, survivor_name: survivor.facts.name };
        tx.append_person(self.other, self.at, &by, &entry).await?;
        tx.index_person(self.survivor).await?;
        Ok(merge)
    }
}

struct Split {
    actor: Actor,
    survivor: PersonId,
    merge: PersonEventId,
    at: Timestamp,
}

impl Work for Split {
    type Out = ();
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), ActionError> {
        let (owner, entry) = tx.person_entry(self.merge).await?.ok_or(ActionError::NotFound)?;
        let PersonEntry::Merged { other, other_name, moved } = entry else {
            return Err(ActionError::NotFound);
        };
        if owner != self.survivor {
            return Err(ActionError::NotFound);
        }
        let (survivor, head) = both(tx, self.survivor, other).await?;
        match head.merged_by {
            Some(by) if by == self.merge => {}
            Some(_) if survivor.merged_into.is_some() => {
                return Err(ActionError::Invalid("a later merge must be undone first".into()));
            }
            _ => return Err(ActionError::Conflict),
        }
        for before in &moved {
            let now = tx.person_head(before.person).await?;
            if now.is_some_and(|now| now.merged_by == Some(self.merge)) {
                tx.move_person(before).await?;
            }
        }
        let by = self.actor.by();
        let merge = self.merge;
        let entry = PersonEntry::Split { merge, other, other_name };
        tx.append_person(self.survivor, self.at, &by, &entry).await?;
        let entry = PersonEntry::Split { merge, other: self.survivor, other_name: survivor.facts.name };
        tx.append_person(other, self.at, &by, &entry).await?;
        tx.index_person(self.survivor).await?;
        tx.index_person(other).await?;
        Ok(())
    }
}

/// Locked in the order of their ids, so that two merges of the same people never wait for each other.
async fn both(
    tx: &mut Tx<'_>,
    first: PersonId,
    second: PersonId,
) -> Result<(PersonHead, PersonHead), ActionError> {
    let swapped = second < first;
    let (low, high) = if swapped { (second, first) } else { (first, second) };
    let low = tx.person_head(low).await?.ok_or(ActionError::NotFound)?;
    let high = tx.person_head(high).await?.ok_or(ActionError::NotFound)?;
    Ok(if swapped { (high, low) } else { (low, high) })
}

struct IndexPeople(Vec<PersonId>);

impl Work for IndexPeople {
    type Out = ();
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<(), ActionError> {
        for person in &self.0 {
            tx.index_person(*person).await?;
        }
        Ok(())
    }
}
