//! What happens to a case waits for somebody: whoever must tell its citizen, and whoever watches it.

use jiff::Timestamp;

use super::{ActionError, Shared};
use crate::domain::alert::AlertKind;
use crate::domain::case::Status;
use crate::domain::id::{CaseId, UserId};
use crate::domain::notice::{NoticeState, Purpose};
use crate::domain::permission::{OnCase, Right};
use crate::domain::projection::CaseFields;
use crate::domain::task::TaskKind;
use crate::domain::timeline::Entry;
use crate::store::Tx;
use crate::store::event::By;
use crate::store::task::NewTask;

/// A case of a whole service is shown to so many of its people; the first who does it does it for all.
const MOST_ASKED: usize = 20;

impl Shared {
    /// `case`: as it was before.
    pub(super) async fn people_follow(
        &self,
        tx: &mut Tx<'_>,
        (id, case): (CaseId, &CaseFields),
        (entry, by): (&Entry, &By),
        at: Timestamp,
    ) -> Result<(), ActionError> {
        let mut after = case.clone();
        after.apply(at, entry);
        let directory = self.db.directory();
        let may_read =
            |user: &UserId| directory.decide(*user, Right::ReadCases, Some(&OnCase::from(&after))).allowed;
        match entry {
            Entry::Assigned { to: Some(user), .. } | Entry::SentBack { assignee: Some(user), .. }
                if by.user != Some(*user) =>
            {
                tx.add_alert(*user, id, AlertKind::Assigned, at).await?;
            }
            Entry::SentBack { to: Some(to), assignee: None, .. } => {
                self.alert_service(tx, (id, *to), by, at).await?;
            }
            _ => {}
        }
        if let Entry::Forwarded { to, .. } = entry {
            self.alert_service(tx, (id, *to), by, at).await?;
        }
        match entry {
            Entry::NoticeMoved {
                purpose: purpose @ (Purpose::Outcome | Purpose::Receipt),
                follower: false,
                state,
                ..
            } => {
                let subject = purpose.as_str();
                if *state == NoticeState::Failed {
                    for user in self.asked(case).into_iter().filter(may_read) {
                        let kind = TaskKind::TellCitizen;
                        tx.add_task(&NewTask { user, case: id, kind, subject, at }).await?;
                    }
                } else if state.is_over() {
                    tx.close_tasks(id, subject, &[TaskKind::TellCitizen], at).await?;
                }
            }
            Entry::Answered { .. }
            | Entry::Reopened { .. }
            | Entry::Forwarded { .. }
            | Entry::SentBack { .. }
            | Entry::Merged { .. }
            | Entry::Unmerged { .. }
            | Entry::StatusChanged { to: Status::Closed, .. } => {
                // Who did it knows it. Whoever watched a case that is out of their reach now is told nothing of it.
                let watchers = tx.watchers(id).await?.into_iter().filter(may_read);
                for user in watchers.filter(|user| Some(*user) != by.user) {
                    let (kind, subject) = (TaskKind::Watched, entry.kind());
                    tx.add_task(&NewTask { user, case: id, kind, subject, at }).await?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// The one whose case it is, or else the people of the service that has it.
    fn asked(&self, case: &CaseFields) -> Vec<UserId> {
        if let Some(assignee) = case.assignee {
            return vec![assignee];
        }
        let directory = self.db.directory();
        let there = directory.users.iter().filter(|user| user.active && user.department == case.department);
        there.filter(|_| case.department.is_some()).map(|user| user.id).take(MOST_ASKED).collect()
    }
}
