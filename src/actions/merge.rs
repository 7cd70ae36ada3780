//! Two cases become one, and come apart again exactly as they were.
//!
//! A part keeps all that it has: its citizen, its calls, its recordings, its files, its timeline. It only ends as a duplicate and
//! points to the whole, whose page shows both. So nothing has to be brought back when the two come apart, and what came to the whole
//! meanwhile stays with the whole.

use super::on_case::OnCase;
use super::{ActionError, Actions, Actor};
use crate::domain::case::CaseNumber;
use crate::domain::id::CaseId;
use crate::domain::link::{LinkKind, NotMerged, may_merge};
use crate::domain::notice::Purpose;
use crate::domain::permission::Right;
use crate::domain::projection::CaseFields;
use crate::domain::timeline::Entry;
use crate::store::link::{MOST_LINKS, MOST_PARTS};
use crate::store::{Tx, Work};

impl Actions {
    /// `case` becomes a part of `into`. Its new version.
    pub async fn merge_cases(
        &self,
        actor: &Actor,
        case: CaseId,
        version: i64,
        into: CaseId,
    ) -> Result<i64, ActionError> {
        let on = self.on(actor, case, Some(version));
        let version = self.carried_out(MergeCases { on, into }, case).await?;
        self.changed(into);
        Ok(version)
    }

    /// `case` is again what it was before it became a part of another one. Its new version.
    pub async fn unmerge_case(&self, actor: &Actor, case: CaseId) -> Result<i64, ActionError> {
        let (version, whole) = self.carried_out(UnmergeCase(self.on(actor, case, None)), case).await?;
        self.changed(whole);
        Ok(version)
    }

    /// Whether they were not linked so before.
    pub async fn link_cases(
        &self,
        actor: &Actor,
        case: CaseId,
        other: CaseId,
        kind: LinkKind,
    ) -> Result<bool, ActionError> {
        self.linked(actor, case, other, kind, true).await
    }

    /// Whether they were linked so.
    pub async fn unlink_cases(
        &self,
        actor: &Actor,
        case: CaseId,
        other: CaseId,
        kind: LinkKind,
    ) -> Result<bool, ActionError> {
        self.linked(actor, case, other, kind, false).await
    }

    async fn linked(
        &self,
        actor: &Actor,
        case: CaseId,
        other: CaseId,
        kind: LinkKind,
        linked: bool,
    ) -> Result<bool, ActionError> {
        let on = self.on(actor, case, None);
        let changed = self.carried_out(LinkCases { on, other, kind, linked }, case).await?;
        self.changed(other);
        Ok(changed)
    }
}

impl From<NotMerged> for ActionError {
    fn from(why: NotMerged) -> Self {
        Self::Invalid(why.to_string())
    }
}

/// Both, locked in the order of their ids, so that two who merge the same cases the other way round do not wait for each other.
pub(super) async fn both(
    on: &OnCase,
    tx: &mut Tx<'_>,
    other: CaseId,
    right: Right,
) -> Result<(CaseFields, CaseFields), ActionError> {
    let there = OnCase { case: other, version: None, ..on.clone() };
    if on.case <= other {
        let mine = on.locked(tx, right).await?;
        Ok((mine, there.locked(tx, right).await?))
    } else {
        let theirs = there.locked(tx, right).await?;
        Ok((on.locked(tx, right).await?, theirs))
    }
}

struct MergeCases {
    on: OnCase,
    into: CaseId,
}

impl Work for MergeCases {
    type Out = i64;
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<i64, ActionError> {
        let Self { on, into } = self;
        let (mut part, mut whole) = both(on, tx, *into, Right::MergeCases).await?;
        may_merge(&part, &whole)?;
        on.become_part(tx, &mut part, (*into, &mut whole), Vec::new()).await?;
        Ok(part.version)
    }
}

impl OnCase {
    /// Both are locked, and may become one. `entries`: what was done to the part first.
    pub(super) async fn become_part(
        &self,
        tx: &mut Tx<'_>,
        part: &mut CaseFields,
        (into, whole): (CaseId, &mut CaseFields),
        mut entries: Vec<Entry>,
    ) -> Result<(), ActionError> {
        if tx.parts(into).await?.len() >= usize::try_from(MOST_PARTS).unwrap_or(usize::MAX) {
            return Err(ActionError::Invalid(format!("a case has at most {MOST_PARTS} parts")));
        }
        entries.push(Entry::Merged {
            into,
            number: whole.number.clone(),
            status: part.status,
            outcome: part.outcome,
            told: part.told,
            rests: true,
        });
        self.shared.deadlines_rest(tx, self.case).await?;
        self.enter(tx, part, &entries).await?;
        let absorbed = Entry::Absorbed { part: self.case, number: part.number.clone() };
        self.enter_other(tx, (into, whole), &[absorbed]).await
    }
}

struct UnmergeCase(OnCase);

impl Work for UnmergeCase {
    /// Also the case that it was a part of.
    type Out = (i64, CaseId);
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Self::Out, ActionError> {
        let Self(on) = self;
        let seen = tx.case_fields(on.case).await?.ok_or(ActionError::NotFound)?;
        let whole_id =
            seen.merged_into.ok_or_else(|| ActionError::Invalid("it is a part of no case".into()))?;
        let (mut part, mut whole) = both(on, tx, whole_id, Right::MergeCases).await?;
        let merged = tx.entries_of(on.case, &["merged"]).await?;
        let Some(Entry::Merged { status, outcome, told, .. }) = merged.last() else {
            return Err(ActionError::Invalid("its timeline does not say what it was before".into()));
        };
        // What its citizen, and those of its own parts, were to be told of the whole is not theirs any more.
        let by = on.actor.by();
        let mut entries = on.shared.overtake(tx, on.case, Purpose::Outcome, (&by, on.at)).await?;
        let number: CaseNumber = whole.number.clone();
        let next_due = on.shared.deadlines_wake(tx, on.case).await?;
        entries.push(Entry::Unmerged {
            from: whole_id,
            number,
            status: *status,
            outcome: *outcome,
            told: *told,
            next_due,
        });
        on.enter(tx, &mut part, &entries).await?;
        let released = Entry::Released { part: on.case, number: part.number.clone() };
        on.enter_other(tx, (whole_id, &mut whole), &[released]).await?;
        Ok((part.version, whole_id))
    }
}

struct LinkCases {
    on: OnCase,
    other: CaseId,
    kind: LinkKind,
    linked: bool,
}

impl Work for LinkCases {
    type Out = bool;
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<bool, ActionError> {
        let Self { on, other, kind, linked } = self;
        if on.case == *other {
            return Err(ActionError::Invalid("a case is not linked with itself".into()));
        }
        let (mut mine, mut theirs) = both(on, tx, *other, Right::LinkCases).await?;
        let link = (on.case, *other, *kind);
        let changed = if *linked {
            if tx.link_count(on.case).await? >= MOST_LINKS {
                return Err(ActionError::Invalid(format!("a case has at most {MOST_LINKS} links")));
            }
            tx.link(link, on.at).await?
        } else {
            tx.unlink(link).await?
        };
        if changed {
            let entry = |other: CaseId, number: &CaseNumber, outward: bool| {
                let (number, kind) = (number.clone(), *kind);
                if *linked {
                    Entry::Linked { other, number, link: kind, outward }
                } else {
                    Entry::Unlinked { other, number, link: kind, outward }
                }
            };
            let (here, there) = (entry(*other, &theirs.number, true), entry(on.case, &mine.number, false));
            on.enter(tx, &mut mine, &[here]).await?;
            on.enter_other(tx, (*other, &mut theirs), &[there]).await?;
        }
        Ok(changed)
    }
}
