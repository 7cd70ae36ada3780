//! One letter, two matters: what belongs to the second becomes a case of its own, and can be taken back.
//!
//! Nothing moves. The new case shows the entries of the old one that it is about too, and refers to them: what is erased there is gone
//! here. It has a number, a PIN and deadlines of its own, and these are counted from when the citizen said it. A split that is taken
//! back makes the new case a part of the old one, so that it can be brought back like any other part, and its number is never anybody
//! else's.

use jiff::Timestamp;

use super::case::{NOTE_MAX_CHARS, PLACE_MAX_CHARS};
use super::merge::both;
use super::on_case::{OnCase, needed, written};
use super::open::Opening;
use super::telling::{Telling, Words};
use super::{ActionError, Actions, Actor};
use crate::domain::caller::Caller;
use crate::domain::case::{CaseRef, Channel};
use crate::domain::email::EmailAddress;
use crate::domain::id::{CaseEventId, CaseId, CategoryId, DepartmentId, PersonId};
use crate::domain::notice::Purpose;
use crate::domain::permission::Right;
use crate::domain::phone::PhoneNumber;
use crate::domain::projection::CaseFields;
use crate::domain::script::search_key;
use crate::domain::search::{number_keys, taken_keys};
use crate::domain::split::{MOST_TAKEN, NotUndone, Origin, may_take, may_undo, original};
use crate::domain::timeline::Entry;
use crate::store::deadline::NewDeadline;
use crate::store::directory::{Category, Directory};
use crate::store::event::TimelineEntry;
use crate::store::{StoreError, Tx, Work};

/// Whose case the new one is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// The one whose case the old one is.
    Same,
    Other(PersonId),
    Nobody,
}

#[derive(Clone, Debug)]
pub struct NewSplit {
    pub category: CategoryId,
    /// What the other matter is, as whoever splits sees it.
    pub words: String,
    pub place: String,
    pub whose: Whose,
    /// Entries of the old case that the new one is about too.
    pub entries: Vec<CaseEventId>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SplitOff {
    pub case: CaseRef,
    /// Of the old case.
    pub version: i64,
}

/// What would come of it.
#[derive(Clone, Debug)]
pub struct SplitPreview {
    pub entries: Vec<TimelineEntry>,
    pub channel: Channel,
    pub since: Timestamp,
    pub department: Option<DepartmentId>,
    pub deadlines: Vec<NewDeadline>,
}

/// Why a split was not taken back.
#[derive(Debug, thiserror::Error)]
pub enum UnsplitError {
    #[error(transparent)]
    Not(#[from] NotUndone),
    #[error(transparent)]
    Action(#[from] ActionError),
}

impl From<StoreError> for UnsplitError {
    fn from(error: StoreError) -> Self {
        Self::Action(error.into())
    }
}

impl From<UnsplitError> for ActionError {
    fn from(error: UnsplitError) -> Self {
        match error {
            UnsplitError::Not(why) => Self::Invalid(why.to_string()),
            UnsplitError::Action(error) => error,
        }
    }
}

impl Actions {
    /// A part of what `case` is about becomes a case of its own.
    pub async fn split_case(
        &self,
        actor: &Actor,
        case: CaseId,
        version: i64,
        new: NewSplit,
    ) -> Result<SplitOff, ActionError> {
        let work = SplitCase { on: self.on(actor, case, Some(version)), new: checked(new)? };
        let split = self.carried_out(work, case).await?;
        self.opened(split.case.id);
        Ok(split)
    }

    /// What [`Self::split_case`] would do now.
    pub async fn try_split(
        &self,
        actor: &Actor,
        case: CaseId,
        new: NewSplit,
    ) -> Result<SplitPreview, ActionError> {
        let work = TrySplit { on: self.on(actor, case, None), new: checked(new)? };
        self.shared.db.write(work).await
    }

    /// `case`, which was split off, becomes a part of the case that it comes from. That case.
    pub async fn unsplit_case(&self, actor: &Actor, case: CaseId) -> Result<CaseId, UnsplitError> {
        let from = self.shared.db.write(UnsplitCase(self.on(actor, case, None))).await?;
        self.changed(case);
        self.changed(from);
        Ok(from)
    }
}

fn checked(new: NewSplit) -> Result<NewSplit, ActionError> {
    let words = needed(&new.words, "what the new case is about", NOTE_MAX_CHARS)?.to_owned();
    let place = written(&new.place, "a place", PLACE_MAX_CHARS)?.to_owned();
    let mut entries = new.entries;
    entries.sort_unstable();
    entries.dedup();
    if entries.is_empty() {
        return Err(ActionError::Invalid("at least one entry belongs to the new case".into()));
    }
    if entries.len() > MOST_TAKEN {
        return Err(ActionError::Invalid(format!("a case is split by at most {MOST_TAKEN} entries")));
    }
    Ok(NewSplit { words, place, entries, ..new })
}

/// What the new case begins with.
struct Plan<'d> {
    entries: Vec<TimelineEntry>,
    channel: Channel,
    since: Timestamp,
    category: &'d Category,
    deadlines: Vec<NewDeadline>,
}

async fn plan<'d>(
    on: &OnCase,
    tx: &mut Tx<'_>,
    directory: &'d Directory,
    (case, new): (&CaseFields, &NewSplit),
) -> Result<Plan<'d>, ActionError> {
    if case.merged_into.is_some() {
        return Err(crate::domain::flow::Refused::Merged.into());
    }
    let category = directory.category(new.category).filter(|category| category.active);
    let category = category.ok_or_else(|| ActionError::Invalid("there is no such category".into()))?;
    let entries = tx.entries_on(on.case, &new.entries).await?;
    if entries.len() < new.entries.len() {
        return Err(ActionError::Invalid(
            "an entry that is not on this case cannot go with the new one".into(),
        ));
    }
    if let Some(decided) = entries.iter().find(|entry| !may_take(&entry.entry)) {
        let kind = decided.entry.kind();
        return Err(ActionError::Invalid(format!("an entry of the kind {kind} stays with its case")));
    }
    // A case that was split off itself counts from the same contact.
    let origin = tx.entries_of(on.case, &["split_from"]).await?.first().and_then(Origin::of);
    let began = origin.map_or(case.opened_at, |origin| origin.since);
    let (since, channel) = original(case, began, entries.iter().map(|entry| (entry.at, &entry.entry)));
    let deadlines = on.shared.split_deadlines(directory, category.id, (since, &case.number));
    Ok(Plan { entries, channel, since, category, deadlines })
}

struct TrySplit {
    on: OnCase,
    new: NewSplit,
}

impl Work for TrySplit {
    type Out = SplitPreview;
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<SplitPreview, ActionError> {
        let Self { on, new } = self;
        let case = on.locked(tx, Right::SplitCase).await?;
        let directory = on.shared.db.directory();
        let plan = plan(on, tx, &directory, (&case, new)).await?;
        let area = (!new.place.is_empty()).then(|| directory.areas.find(&new.place)).flatten();
        let area = area.map(|found| found.area.key.as_str());
        Ok(SplitPreview {
            department: directory.route(plan.category.id, area).department,
            entries: plan.entries,
            channel: plan.channel,
            since: plan.since,
            deadlines: plan.deadlines,
        })
    }
}

struct SplitCase {
    on: OnCase,
    new: NewSplit,
}

impl Work for SplitCase {
    type Out = SplitOff;
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<SplitOff, ActionError> {
        let Self { on, new } = self;
        let mut case = on.locked(tx, Right::SplitCase).await?;
        let directory = on.shared.db.directory();
        let plan = plan(on, tx, &directory, (&case, new)).await?;
        let person = self.person(tx, &case).await?;
        let same_citizen = new.whose == Whose::Same;
        let caller = if same_citizen { caller(case.caller.as_deref()) } else { Caller::Hidden };
        let opening = Opening {
            channel: plan.channel,
            category: plan.category,
            caller: &caller,
            person,
            words: &new.words,
            place: &new.place,
            by: on.actor.by().user,
            at: on.at,
        };
        let (split, opened) = on.shared.open_with(tx, &directory, &opening, &plan.deadlines).await?;
        tx.append(split.id, on.at, &on.actor.by(), &[opened]).await?;
        tx.put_taken(split.id, &plan.entries).await?;
        self.index(tx, &split, (&case, &plan.entries)).await?;
        let origin = Entry::SplitFrom {
            from: on.case,
            number: case.number.clone(),
            entries: new.entries.clone(),
            since: plan.since,
            same_citizen,
        };
        let mut fields = tx.case_fields(split.id).await?.ok_or(ActionError::NotFound)?;
        on.enter_other(tx, (split.id, &mut fields), &[origin]).await?;
        self.tell(tx, &split, (&mut fields, &case)).await?;
        let off = Entry::SplitOff {
            into: split.id,
            number: split.number.clone(),
            entries: new.entries.clone(),
            same_citizen,
        };
        on.enter(tx, &mut case, &[off]).await?;
        Ok(SplitOff { case: split, version: case.version })
    }
}

impl SplitCase {
    async fn person(
        &self,
        tx: &mut Tx<'_>,
        case: &CaseFields,
    ) -> Result<Option<(PersonId, String)>, ActionError> {
        let id = match self.new.whose {
            Whose::Nobody => return Ok(None),
            Whose::Other(id) => Some(id),
            Whose::Same => case.person,
        };
        let Some(id) = id else { return Ok(None) };
        let known = tx.person_name(id).await?;
        let (name, _) = known.ok_or_else(|| ActionError::Invalid("there is no such person".into()))?;
        Ok(Some((id, name)))
    }

    /// The new case is found by the number of the old one, and by the words that it is about.
    async fn index(
        &self,
        tx: &mut Tx<'_>,
        split: &CaseRef,
        (case, entries): (&CaseFields, &[TimelineEntry]),
    ) -> Result<(), ActionError> {
        let mut owners: Vec<CaseId> = entries.iter().map(|entry| entry.case).collect();
        owners.sort_unstable();
        owners.dedup();
        let mut keys = vec![number_keys(case.number.as_str())];
        for owner in owners {
            let own = entries.iter().filter(|entry| entry.case == owner);
            let words = own.filter_map(|entry| match &entry.entry {
                Entry::FileAdded { name, .. } => Some(name.as_str()),
                entry => entry.words(),
            });
            let words: Vec<String> = words.map(search_key).filter(|key| !key.is_empty()).collect();
            keys.push(taken_keys(owner, &words.join(" ")));
        }
        keys.retain(|key| !key.is_empty());
        tx.add_case_words(split.id, &keys.join(" ")).await?;
        Ok(tx.add_case_words(self.on.case, &number_keys(split.number.as_str())).await?)
    }

    /// The citizen hears both numbers. Who is somebody else does not know the old one, and gets no number of a stranger.
    async fn tell(
        &self,
        tx: &mut Tx<'_>,
        split: &CaseRef,
        (fields, case): (&mut CaseFields, &CaseFields),
    ) -> Result<(), ActionError> {
        if self.new.whose != Whose::Same {
            return Ok(());
        }
        let on = &self.on;
        let told = Telling {
            case: split.id,
            purpose: Purpose::Split,
            words: Words::Say(case.number.as_str()),
            first: None,
            at: on.at,
        };
        let (entries, _) = on.shared.tell(tx, fields, &told, None).await?;
        on.enter_other(tx, (split.id, fields), &entries).await
    }
}

fn caller(stored: Option<&str>) -> Caller {
    let Some(stored) = stored else { return Caller::Hidden };
    match (PhoneNumber::from_stored(stored), EmailAddress::from_stored(stored)) {
        (Some(phone), _) => Caller::Number(phone),
        (None, Some(email)) => Caller::Email(email),
        (None, None) => Caller::Name(stored.to_owned()),
    }
}

struct UnsplitCase(OnCase);

impl Work for UnsplitCase {
    /// The case that it comes from.
    type Out = CaseId;
    type Error = UnsplitError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<CaseId, UnsplitError> {
        let Self(on) = self;
        let origin = tx.entries_of(on.case, &["split_from"]).await?.first().and_then(Origin::of);
        let Some(from) = origin.map(|origin| origin.from) else {
            on.locked(tx, Right::SplitCase).await?;
            return Err(NotUndone::NotSplit.into());
        };
        let (mut split, mut old) = both(on, tx, from, Right::SplitCase).await?;
        let timeline = tx.own_entries(on.case).await?;
        may_undo(&split, (from, &old), &timeline)?;
        // A receipt that has not left yet is not needed any more.
        let entries = on.shared.overtake(tx, on.case, Purpose::Split, (&on.actor.by(), on.at)).await?;
        on.become_part(tx, &mut split, (from, &mut old), entries).await?;
        Ok(from)
    }
}
