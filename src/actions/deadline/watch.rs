//! The watch over deadlines: whoever has to hear that one is near or over hears it once, also when the program is killed in the middle.
//!
//! An alarm goes off in one transaction: the entry on the timeline, what waits for people, and the mark that it went off. Several nodes
//! on one PostgreSQL share the work; a case that somebody works on is looked at again a moment later.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::super::people_follow::supervisors;
use super::super::{ActionError, Actions, Shared};
use super::next_due;
use crate::domain::deadline::DeadlineState;
use crate::domain::deadline::alarm::{Addressee, Alarm};
use crate::domain::id::{CaseId, DeadlineId, UserId};
use crate::domain::permission::Role;
use crate::domain::projection::CaseFields;
use crate::domain::task::TaskKind;
use crate::domain::timeline::Entry;
use crate::store::deadline::Deadline;
use crate::store::directory::{Directory, User};
use crate::store::event::By;
use crate::store::task::NewTask;
use crate::store::{Tx, Work};

/// A warning that comes half a minute late is in time.
const LOOK_EVERY: Duration = Duration::from_secs(20);
/// In one transaction: some milliseconds of the writer, for which calls wait.
const BATCH: i64 = 16;
/// Between two transactions of a long list, so that calls come in between.
const BREATH: Duration = Duration::from_millis(20);
/// Nobody is helped when hundreds hear of one case.
const MOST_ADDRESSEES: usize = 20;

impl Actions {
    /// Watches until it is dropped.
    pub async fn keep_deadlines(self) {
        loop {
            let pause = match self.look_at_deadlines().await {
                Ok(0) => LOOK_EVERY,
                Ok(_) => BREATH,
                Err(error) => {
                    tracing::warn!(%error, "deadlines could not be looked at, again in a moment");
                    LOOK_EVERY
                }
            };
            tokio::time::sleep(pause).await;
        }
    }

    /// Alarms that have come, then deadlines whose days count differently since the calendar changed. A piece of either; how many.
    pub async fn look_at_deadlines(&self) -> Result<usize, ActionError> {
        if self.shared.db.office_changed().await? != self.shared.db.directory().office.changed {
            self.shared.db.refresh_directory().await?;
        }
        let (shared, at) = (Arc::clone(&self.shared), self.clock.now());
        let looked = self.shared.db.write(Look { shared, at }).await?;
        for case in &looked.changed {
            self.changed(*case);
        }
        Ok(looked.claimed)
    }
}

struct Look {
    shared: Arc<Shared>,
    at: Timestamp,
}

struct Looked {
    claimed: usize,
    changed: Vec<CaseId>,
}

impl Work for Look {
    type Out = Looked;
    type Error = ActionError;

    async fn run(&self, tx: &mut Tx<'_>) -> Result<Looked, ActionError> {
        let directory = self.shared.db.directory();
        let mut changed = Vec::new();
        let alarming = tx.alarming_deadlines(self.at, BATCH).await?;
        for (id, case) in &alarming {
            self.ring(tx, &directory, *id, *case).await?;
            changed.push(*case);
        }
        let outdated = tx.outdated_deadlines(directory.office.revision, BATCH).await?;
        for (id, case) in &outdated {
            if self.move_one(tx, &directory, *id, *case).await? {
                changed.push(*case);
            }
        }
        Ok(Looked { claimed: alarming.len() + outdated.len(), changed })
    }
}

impl Look {
    /// Every alarm of the deadline that has come.
    async fn ring(
        &self,
        tx: &mut Tx<'_>,
        directory: &Directory,
        id: DeadlineId,
        case_id: CaseId,
    ) -> Result<(), ActionError> {
        let Some((mut case, mut all)) = read(tx, case_id).await? else { return Ok(()) };
        let Some(deadline) = all.iter_mut().find(|deadline| deadline.id == id) else { return Ok(()) };
        let mut entries = Vec::new();
        for (at, alarm) in deadline.terms.alarms(deadline.started_at, deadline.due_at) {
            if at > self.at || deadline.alarms.has(alarm) {
                continue;
            }
            deadline.alarms = deadline.alarms.with(alarm);
            // After a long standstill of the program nobody is warned of what is over already.
            if alarm == Alarm::Warning && deadline.due_at <= self.at {
                continue;
            }
            if alarm == Alarm::Missed {
                deadline.missed_at = Some(deadline.due_at);
                let profile = deadline.profile.clone();
                entries.push(Entry::DeadlineMissed { profile, due: deadline.due_at });
            }
            let (what, addressee) = match alarm {
                Alarm::Warning => (TaskKind::DeadlineNear, Addressee::Assignee),
                Alarm::Missed => (TaskKind::DeadlineMissed, Addressee::Assignee),
                Alarm::Step(_, addressee) => (TaskKind::Escalated, addressee),
            };
            let to = addressees(directory, &case, addressee);
            for user in &to {
                let subject = deadline.profile.as_str();
                let task = NewTask { user: *user, case: case_id, kind: what, subject, at: self.at };
                tx.add_task(&task).await?;
            }
            let told = Entry::Escalated { profile: deadline.profile.clone(), what, to };
            // Two steps may lead to the same people, where a service has no officers.
            if !matches!(&told, Entry::Escalated { to, .. } if to.is_empty()) && !entries.contains(&told) {
                entries.push(told);
            }
        }
        tx.put_deadline(deadline).await?;
        tx.enter(directory, (case_id, &mut case), self.at, &By::default(), &entries).await?;
        Ok(())
    }

    /// Whether it is due at another time by the calendar of now.
    async fn move_one(
        &self,
        tx: &mut Tx<'_>,
        directory: &Directory,
        id: DeadlineId,
        case_id: CaseId,
    ) -> Result<bool, ActionError> {
        let Some((mut case, mut all)) = read(tx, case_id).await? else { return Ok(false) };
        let Some(deadline) = all.iter_mut().find(|deadline| deadline.id == id) else { return Ok(false) };
        let (profile, from) = (deadline.profile.clone(), deadline.due_at);
        // What is over is over: a holiday that is written down later does not undo it.
        let is_over = deadline.due_at <= self.at || deadline.state != DeadlineState::Running;
        if is_over || self.shared.compute_again(directory, deadline, self.at).is_err() {
            deadline.calendar = directory.office.revision;
        }
        let to = deadline.due_at;
        tx.put_deadline(deadline).await?;
        if to == from {
            return Ok(false);
        }
        let entry = Entry::DeadlineMoved { profile, from, to, next_due: next_due(&all) };
        tx.enter(directory, (case_id, &mut case), self.at, &By::default(), &[entry]).await?;
        Ok(true)
    }
}

async fn read(tx: &mut Tx<'_>, case: CaseId) -> Result<Option<(CaseFields, Vec<Deadline>)>, ActionError> {
    let Some(fields) = tx.case_fields(case).await? else { return Ok(None) };
    Ok(Some((fields, tx.case_deadlines(case).await?)))
}

/// Whoever is meant, or those above them when there is nobody.
pub(super) fn addressees(directory: &Directory, case: &CaseFields, addressee: Addressee) -> Vec<UserId> {
    let active = || directory.users.iter().filter(|user| user.active);
    let some = |users: Vec<UserId>| Some(users).filter(|users| !users.is_empty());
    let assignee = case.assignee.and_then(|id| directory.user(id)).filter(|user| user.active);
    let is_of_service = |user: &&User| {
        user.role == Role::Officer && case.department.is_some() && user.department == case.department
    };
    let service = || some(active().filter(is_of_service).map(|user| user.id).collect());
    let supervisors = || some(supervisors(directory));
    let mut found = match addressee {
        Addressee::Assignee => assignee.map(|user| vec![user.id]).or_else(service).or_else(supervisors),
        Addressee::Service => service().or_else(supervisors),
        Addressee::Supervisors => supervisors(),
    }
    .unwrap_or_default();
    found.truncate(MOST_ADDRESSEES);
    found
}
