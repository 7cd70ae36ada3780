//! What happens to a case lets its deadlines begin and end. Verbs that change a case ask here what else that means.

use jiff::Timestamp;

use super::super::{ActionError, Shared};
use super::next_due;
use super::watch::addressees;
use crate::domain::case::{CaseNumber, Status};
use crate::domain::deadline::alarm::Addressee;
use crate::domain::deadline::due::compute;
use crate::domain::deadline::step::Step;
use crate::domain::deadline::{DeadlineState, Goal, Profile};
use crate::domain::id::{CaseEventId, CaseId, CategoryId};
use crate::domain::mail::MailPurpose;
use crate::domain::notice::{NoticeState, Purpose};
use crate::domain::projection::CaseFields;
use crate::domain::split::Origin;
use crate::domain::task::TaskKind;
use crate::domain::timeline::Entry;
use crate::store::Tx;
use crate::store::deadline::{Deadline, NewDeadline};
use crate::store::directory::Directory;
use crate::store::event::By;

/// What waits for somebody because of a deadline.
pub(super) const KINDS: &[TaskKind] =
    &[TaskKind::DeadlineNear, TaskKind::DeadlineMissed, TaskKind::Escalated];

impl Shared {
    /// What begins with a new case. From memory: a call may be waiting for it.
    pub(in crate::actions) fn first_deadlines(
        &self,
        directory: &Directory,
        category: CategoryId,
        at: Timestamp,
    ) -> Vec<NewDeadline> {
        let profiles = directory.deadlines_of(category);
        profiles.into_iter().filter_map(|profile| self.begin(directory, profile, at)).collect()
    }

    /// The same for a case that was split off: counted from when the citizen said it, and saying so.
    pub(in crate::actions) fn split_deadlines(
        &self,
        directory: &Directory,
        category: CategoryId,
        (since, number): (Timestamp, &CaseNumber),
    ) -> Vec<NewDeadline> {
        let begun = self.first_deadlines(directory, category, since).into_iter();
        let origin = || Step::SplitFrom { number: number.to_string() };
        begun.map(|new| NewDeadline { due: new.due.told_from(origin()), ..new }).collect()
    }

    fn begin(&self, directory: &Directory, profile: &Profile, at: Timestamp) -> Option<NewDeadline> {
        let office = &directory.office;
        match compute(&profile.terms, at, &office.calendar, &self.zone, &[], 0) {
            Ok(due) => Some(NewDeadline {
                profile: profile.key.clone(),
                terms: profile.terms.clone(),
                started_at: at,
                due,
                calendar: office.revision,
            }),
            // The case is worth more than its deadline.
            Err(error) => {
                tracing::error!(profile = profile.key, %error, "a deadline was not set");
                None
            }
        }
    }

    /// Enters what happened to a case, with all that it means for its deadlines. The id of the last entry.
    pub(in crate::actions) async fn enter(
        &self,
        tx: &mut Tx<'_>,
        (id, case): (CaseId, &mut CaseFields),
        at: Timestamp,
        by: &By,
        entries: &[Entry],
    ) -> Result<Option<CaseEventId>, ActionError> {
        let mut all = entries.to_vec();
        for entry in entries {
            all.extend(self.deadlines_follow(tx, (id, case), entry, at).await?);
            self.people_follow(tx, (id, case), (entry, by), at).await?;
        }
        Ok(tx.enter(&self.db.directory(), (id, case), at, by, &all).await?)
    }

    /// Further entries that follow from `entry`. `case`: as it was before.
    async fn deadlines_follow(
        &self,
        tx: &mut Tx<'_>,
        (id, case): (CaseId, &CaseFields),
        entry: &Entry,
        at: Timestamp,
    ) -> Result<Vec<Entry>, ActionError> {
        match entry {
            Entry::Replied { .. }
            | Entry::Answered { .. }
            | Entry::MailQueued { purpose: MailPurpose::Reply, .. } => {
                self.deadlines_met(tx, id, &[Goal::FirstAnswer], at, at).await
            }
            Entry::NoticeMoved { purpose: Purpose::Outcome, follower: false, state, .. } => {
                self.outcome_told(tx, id, *state, at).await
            }
            Entry::StatusChanged { to: Status::Closed, .. } => {
                self.deadlines_met(tx, id, &[Goal::FirstAnswer, Goal::Outcome], at, at).await
            }
            Entry::Reopened { .. } => self.outcome_again(tx, id, case, at).await,
            Entry::CategoryChanged { to, .. } => self.reclassified(tx, (id, case), *to, at).await,
            Entry::Assigned { .. }
            | Entry::Forwarded { .. }
            | Entry::SentBack { .. }
            | Entry::DepartmentChanged { .. } => {
                self.reminders_follow(tx, (id, case), entry, at).await?;
                Ok(Vec::new())
            }
            _ => Ok(Vec::new()),
        }
    }

    /// The citizen knows the outcome, or cannot be told it. Whether that was in time goes by when it was sent: what the network
    /// takes for its reports is not the office's delay. What a human had to do in the end is.
    async fn outcome_told(
        &self,
        tx: &mut Tx<'_>,
        case: CaseId,
        state: NoticeState,
        at: Timestamp,
    ) -> Result<Vec<Entry>, ActionError> {
        let done = match state {
            NoticeState::Told | NoticeState::Presumed | NoticeState::Impossible => {
                tx.answered_at(case).await?.unwrap_or(at)
            }
            NoticeState::ByHand => at,
            NoticeState::Telling | NoticeState::Failed | NoticeState::Overtaken => return Ok(Vec::new()),
        };
        self.deadlines_met(tx, case, &[Goal::FirstAnswer, Goal::Outcome], done, at).await
    }

    /// What was to be done by then was done at `done`, in time or too late.
    async fn deadlines_met(
        &self,
        tx: &mut Tx<'_>,
        case: CaseId,
        goals: &[Goal],
        done: Timestamp,
        at: Timestamp,
    ) -> Result<Vec<Entry>, ActionError> {
        let all = tx.case_deadlines(case).await?;
        let is_met = |deadline: &Deadline| goals.contains(&deadline.terms.goal);
        end(tx, case, all, is_met, at, |deadline| {
            // While the clock stood nothing could be late.
            let late = deadline.state == DeadlineState::Running && deadline.due_at < done;
            if late { DeadlineState::Missed } else { DeadlineState::Met }
        })
        .await
    }

    /// A case that was opened again has to be settled again; the citizen was answered once, that stays so.
    async fn outcome_again(
        &self,
        tx: &mut Tx<'_>,
        id: CaseId,
        case: &CaseFields,
        at: Timestamp,
    ) -> Result<Vec<Entry>, ActionError> {
        let directory = self.db.directory();
        let all = tx.case_deadlines(id).await?;
        let new: Vec<NewDeadline> = self
            .first_deadlines(&directory, case.category, at)
            .into_iter()
            .filter(|new| new.terms.goal == Goal::Outcome && !has_live(&all, &new.profile))
            .collect();
        tx.begin_deadlines(id, &new).await?;
        Ok(set(&all, &new))
    }

    /// The case is another one than it seemed: its deadlines are those of the right category, counted from the intake.
    async fn reclassified(
        &self,
        tx: &mut Tx<'_>,
        (id, case): (CaseId, &CaseFields),
        to: CategoryId,
        at: Timestamp,
    ) -> Result<Vec<Entry>, ActionError> {
        let directory = self.db.directory();
        let all = tx.case_deadlines(id).await?;
        if !all.iter().any(|deadline| deadline.state.is_live()) && !case.status.is_open() {
            return Ok(Vec::new());
        }
        let origin = tx.entries_of(id, &["split_from"]).await?.first().and_then(Origin::of);
        let wanted = match origin {
            Some(origin) => self.split_deadlines(&directory, to, (origin.since, &origin.number)),
            None => self.first_deadlines(&directory, to, case.opened_at),
        };
        let keys: Vec<String> = wanted.iter().map(|new| new.profile.clone()).collect();
        let had =
            |new: &NewDeadline| all.iter().any(|old| old.terms.goal == new.terms.goal && is_settled(old));
        // What was met stays met.
        let new: Vec<NewDeadline> =
            wanted.iter().filter(|new| !has_live(&all, &new.profile) && !had(new)).cloned().collect();
        let is_other = |deadline: &Deadline| !keys.contains(&deadline.profile);
        let before = all.clone();
        let mut entries = end(tx, id, all, is_other, at, |_| DeadlineState::Dropped).await?;
        tx.begin_deadlines(id, &new).await?;
        let kept: Vec<Deadline> = before.into_iter().filter(|deadline| !is_other(deadline)).collect();
        entries.extend(set(&kept, &new));
        Ok(entries)
    }

    /// What waits on the case because it is somebody's to do waits for whoever has it from now on. What was passed up stays with whom it
    /// was passed up to.
    async fn reminders_follow(
        &self,
        tx: &mut Tx<'_>,
        (id, case): (CaseId, &CaseFields),
        entry: &Entry,
        at: Timestamp,
    ) -> Result<(), ActionError> {
        let mut after = case.clone();
        after.apply(at, entry);
        let directory = self.db.directory();
        let people = addressees(&directory, &after, Addressee::Assignee);
        let kinds = [TaskKind::DeadlineNear, TaskKind::DeadlineMissed, TaskKind::TellCitizen];
        Ok(tx.hand_over_tasks(id, &kinds, &people, at).await?)
    }
}

fn has_live(all: &[Deadline], profile: &str) -> bool {
    all.iter().any(|deadline| deadline.profile == profile && deadline.state.is_live())
}

fn is_settled(deadline: &Deadline) -> bool {
    matches!(deadline.state, DeadlineState::Met | DeadlineState::Missed)
}

/// Ends those that are live and `which`, as `how` says.
async fn end(
    tx: &mut Tx<'_>,
    case: CaseId,
    mut all: Vec<Deadline>,
    which: impl Fn(&Deadline) -> bool,
    at: Timestamp,
    how: impl Fn(&Deadline) -> DeadlineState,
) -> Result<Vec<Entry>, ActionError> {
    let mut entries = Vec::new();
    for place in 0..all.len() {
        let Some(deadline) = all.get_mut(place) else { break };
        if deadline.rests || !deadline.state.is_live() || !which(deadline) {
            continue;
        }
        if deadline.state == DeadlineState::Paused {
            tx.end_pause(deadline.id, at).await?;
        }
        deadline.state = how(deadline);
        deadline.ended_at = Some(at);
        if deadline.state == DeadlineState::Met {
            deadline.missed_at = None;
        }
        tx.put_deadline(deadline).await?;
        tx.close_tasks(case, &deadline.profile, KINDS, at).await?;
        let (profile, state) = (deadline.profile.clone(), deadline.state);
        let next_due = next_due(&all);
        entries.push(match state {
            DeadlineState::Dropped => Entry::DeadlineDropped { profile, next_due },
            state => Entry::DeadlineMet { profile, late: state == DeadlineState::Missed, next_due },
        });
    }
    Ok(entries)
}

/// Entries of those that begin beside the ones that there are.
fn set(all: &[Deadline], new: &[NewDeadline]) -> Vec<Entry> {
    let mut soonest = next_due(all);
    let entry = |new: &NewDeadline| {
        let due = new.due.at;
        soonest = Some(soonest.map_or(due, |soonest| soonest.min(due)));
        Entry::DeadlineSet { profile: new.profile.clone(), due, next_due: soonest }
    };
    new.iter().map(entry).collect()
}
